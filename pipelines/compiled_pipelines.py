"""The project's pipelines as Kubeflow Pipelines takes them, and the folder that has them compiled.

python -m pipelines.compiled_pipelines FOLDER      writes one file a pipeline
"""

from __future__ import annotations

import re
import sys
import tempfile
from pathlib import Path
from typing import Any

from kfp import compiler  # type: ignore[import-untyped]

from pipelines.clickstream import clickstream
from pipelines.features import features
from pipelines.ingest import ingest
from pipelines.per_region import per_region
from pipelines.retrain import retrain
from pipelines.training import training

PIPELINES: dict[str, Any] = {
    "clickstream": clickstream,
    "features": features,
    "ingest": ingest,
    "per-region": per_region,
    "retrain": retrain,
    "training": training,
}
_SDK = re.compile(r"^sdkVersion: kfp-(\d+\.\d+)\.\S+$", re.MULTILINE)


def compiled(name: str) -> str:
    """One of ours as YAML; see `compiled_text`."""
    return compiled_text(PIPELINES[name])


def compiled_text(pipeline: Any) -> str:
    """The pipeline's specification as YAML; equal for equal code, whichever patch of the SDK compiled it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "pipeline.yaml"
        compiler.Compiler().compile(pipeline, str(path))
        return _SDK.sub(r"sdkVersion: kfp-\1", path.read_text(encoding="utf-8"))


def main(folder: Path) -> None:
    """Writes each pipeline into the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in PIPELINES:
        (folder / f"{name}.yaml").write_text(compiled(name), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))

"""Executes a compiled pipeline with Kubeflow's own runner for one machine, in a process of its own.

python -m pipelines.local_worker PIPELINE.yaml ARGUMENTS.json FOLDER
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from kfp import components, local  # type: ignore[import-untyped]


def main(pipeline: Path, arguments: Path, folder: Path) -> int:
    """0 where every task ended well, 1 else; what the tasks say is on standard output."""
    local.init(
        local.SubprocessRunner(use_venv=False),
        pipeline_root=str(folder),
        workspace_root=str(folder / "workspace"),
    )
    loaded = components.load_component_from_file(str(pipeline))
    try:
        loaded(**json.loads(arguments.read_text(encoding="utf-8")))
    except RuntimeError as error:
        print(error, flush=True)  # noqa: T201 - the log of the run
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*map(Path, sys.argv[1:4])))

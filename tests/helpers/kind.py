"""The folder `kind/`: its scripts run with few or invented programs beside them, its manifests as data."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

ROOT = Path(__file__).resolve().parents[2]
KIND = ROOT / "kind"
SCRIPTS = sorted(KIND.rglob("*.sh"))
MANIFESTS = sorted(path for path in KIND.rglob("*.yaml") if path.name != "spark-operator-values.yaml")


def script_text(name: str) -> str:
    return (KIND / name).read_text(encoding="utf-8")


def run_script(
    name: str, *arguments: str, programs: Path, env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Runs a script of `kind/` that finds only the programs of this folder."""
    return subprocess.run(
        [str(KIND / name), *arguments],
        check=False,
        capture_output=True,
        text=True,
        env={"PATH": str(programs), "HOME": str(programs), **(env or {})},
    )


def real_programs(folder: Path, names: Iterable[str]) -> Path:
    """A folder that has these programs of the machine."""
    folder.mkdir(exist_ok=True)
    for name in names:
        (folder / name).symlink_to(str(shutil.which(name)))
    return folder


def stub(folder: Path, name: str, text: str = "exit 0") -> None:
    """An invented program: a line of bash that stands where the real one would."""
    (folder / name).write_text(f"#!{shutil.which('bash')}\n{text}\n", encoding="utf-8")
    (folder / name).chmod(0o755)


def objects(*paths: Path) -> list[dict[str, Any]]:
    """All that these manifests hold."""
    return [item for path in paths for item in yaml.safe_load_all(path.read_text(encoding="utf-8")) if item]


def service_address(item: Mapping[str, Any]) -> str:
    """A Service as pods name it: "minio.minio.svc:9000"."""
    metadata = item["metadata"]
    return f"{metadata['name']}.{metadata['namespace']}.svc:{item['spec']['ports'][0]['port']}"

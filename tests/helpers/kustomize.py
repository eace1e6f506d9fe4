"""What `kubectl apply -k` would apply."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import yaml

from tests.helpers.missing import missing

if TYPE_CHECKING:
    from pathlib import Path

_COMMANDS = (["kubectl", "kustomize"], ["kustomize", "build"])


def built(folder: Path) -> list[dict[str, Any]]:
    """The manifests that a folder's `kustomization.yaml` makes."""
    command = next((words for words in _COMMANDS if shutil.which(words[0])), None)
    if command is None:
        missing("neither kubectl nor kustomize")
    done = subprocess.run([*command, str(folder)], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return list(yaml.safe_load_all(done.stdout))

"""The digest that an image's tag stands for now, as its registry says.

Registries want credentials in the way of their clouds, which skopeo and crane know; one of them is asked.
"""

from __future__ import annotations

import re
import shutil
import subprocess

from featurestore.errors import InvalidSetting, MissingPart
from featurestore.progress import tell

_SECONDS = 60
_DIGEST = re.compile("sha256:[0-9a-f]{64}")
_TOOLS = {
    "skopeo": ("inspect", "--no-tags", "--format", "{{.Digest}}", "docker://{image}"),
    "crane": ("digest", "{image}"),
}


def pinned(image: str) -> str:
    """The image by its digest, `name@sha256:...`; one that has a digest is asked for by it.

    Raises `InvalidSetting` where the registry has no such image or does not answer, and `MissingPart` where
    neither skopeo nor crane is on PATH.
    """
    name, _, digest = image.partition("@")
    place, _, last = name.rpartition("/")
    bare = "/".join(part for part in (place, last.partition(":")[0]) if part)
    return f"{bare}@{_digest(f'{bare}@{digest}' if digest else image)}"


def _digest(image: str) -> str:
    program = next((path for path in map(shutil.which, _TOOLS) if path), None)
    if program is None:
        remedy = "Install skopeo or crane; or name the image by its digest and set image.pin=false."
        raise MissingPart("skopeo or crane", needed_for="asking a registry for a digest", remedy=remedy)
    words = [
        word.format(image=image) if "{image}" in word else word for word in _TOOLS[program.rpartition("/")[2]]
    ]
    tell(f"asking the registry for {image}")
    try:
        done = subprocess.run(
            [program, *words],
            check=False,
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            stdin=subprocess.DEVNULL,
        )
        said = done.stdout.strip() if done.returncode == 0 else done.stderr.strip()
    except subprocess.TimeoutExpired:
        said = f"no answer within {_SECONDS} s"
    if not _DIGEST.fullmatch(said):
        last = said.splitlines()[-1] if said else "nothing"
        expected = f"an image that its registry has ({last})"
        raise InvalidSetting("image.name", received=image, expected=expected)
    return said

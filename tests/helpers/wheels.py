"""Wheels made for a test: a package of one module, for any Python and system."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def wheel(folder: Path, name: str, text: str, version: str = "1.0") -> Path:
    """A wheel that installs one module of this text."""
    path = folder / f"{name}-{version}-py3-none-any.whl"
    about = f"{name}-{version}.dist-info"
    files = {
        f"{name}.py": text,
        f"{about}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{about}/WHEEL": "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    listed = [*files, f"{about}/RECORD"]
    with zipfile.ZipFile(path, "w") as archive:
        for file, content in files.items():
            archive.writestr(file, content)
        archive.writestr(f"{about}/RECORD", "".join(f"{file},,\n" for file in listed))
    return path


def requirements(folder: Path, *wheels: Path) -> Path:
    """A file of requirements that names these wheels, for which no index is asked."""
    path = folder / "requirements.txt"
    path.write_text("".join(["--no-index\n", *(f"{one}\n" for one in wheels)]), encoding="utf-8")
    return path

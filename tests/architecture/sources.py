"""What the architecture tests look at: the files of this checkout."""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("featurestore", "sparkjobs", "pipelines")


def modules(*folders: str) -> list[str]:
    """The Python files below these folders of the checkout, as sorted paths from its root."""
    return sorted(
        path.relative_to(ROOT).as_posix() for folder in folders for path in (ROOT / folder).rglob("*.py")
    )


def text(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


def nodes(path: str) -> Iterator[ast.AST]:
    """Every node of a module's syntax tree."""
    return ast.walk(ast.parse(text(path), filename=path))


def imported(path: str) -> set[str]:
    """The top-level names of what a module imports, wherever in it."""
    names: set[str] = set()
    for node in nodes(path):
        if isinstance(node, ast.Import):
            names.update(alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.partition(".")[0])
    return names


def used(path: str, module: str) -> Iterator[tuple[int, str]]:
    """Line and name of each attribute of `module` that is used as `module.name` or imported from it."""
    for node in nodes(path):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == module:
            yield node.lineno, node.attr
        elif isinstance(node, ast.ImportFrom) and node.module == module:
            yield from ((node.lineno, alias.name) for alias in node.names)


def lines_with(pattern: str, paths: list[str]) -> list[str]:
    """`path:line: text` for each line that holds the pattern."""
    wanted = re.compile(pattern)
    return [
        f"{path}:{number}: {line.strip()}"
        for path in paths
        for number, line in enumerate(text(path).splitlines(), start=1)
        if wanted.search(line)
    ]


def published_files() -> list[str]:
    """The files git tracks or would track; in a copy without git, all but what hides or was installed."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    try:
        listing = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        files = [path.relative_to(ROOT) for path in ROOT.rglob("*") if path.is_file()]
        return sorted(file.as_posix() for file in files if not file.parts[0].startswith((".venv", ".git")))
    return sorted(name for name in listing.split("\0") if name and (ROOT / name).is_file())

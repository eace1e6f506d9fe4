"""The layers of a profile: the files that it extends, the environment, the arguments; each with where it is from."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from featurestore.errors import InvalidProfile, InvalidSetting, UnknownProfile

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

EXTENDS = "extends"
"""The key of a profile's file that names the profile it goes on from."""


@dataclass(frozen=True, kw_only=True)
class Layer:
    """Settings from one place, by their dotted keys."""

    origin: str
    """`profile <name>`, the path of a file, `environment` or `argument`."""
    values: Mapping[str, object]


def known_profiles() -> tuple[str, ...]:
    """Names of the profiles that come with the package."""
    folder = resources.files("featurestore.config") / "profiles"
    return tuple(sorted(entry.name[:-5] for entry in folder.iterdir() if entry.name.endswith(".yaml")))


def file_layers(chosen: str, *, sections: Collection[str]) -> list[Layer]:
    """The profile `chosen`, a known name or the path of a YAML file, after all that it extends, the farthest first.

    A path that a file extends begins at the file's folder. Raises `UnknownProfile`, `InvalidProfile`, and
    `InvalidSetting` for what extends itself.
    """
    layers: list[Layer] = []
    follow: str | None = chosen
    while follow is not None:
        text, origin, folder = _read(follow)
        if origin in {one.origin for one in layers}:
            raise InvalidSetting(EXTENDS, received=follow, expected="a profile that does not extend this one")
        values = _settings(text, origin, sections)
        base = values.pop(EXTENDS, None)
        layers.append(Layer(origin=origin, values=values))
        follow = None if base is None else _named(base, folder)
    return layers[::-1]


def _named(base: object, folder: Path | None) -> str:
    """What a file extends: a known name, or a path from the file's folder."""
    if not isinstance(base, str) or not base:
        raise InvalidSetting(
            EXTENDS, received=base, expected="the name of a profile, or the path of its file"
        )
    if base in known_profiles() or folder is None:
        return base
    return str(folder / Path(base).expanduser())


def _read(chosen: str) -> tuple[str, str, Path | None]:
    """The text of a profile, what it is called, and the folder that its file lies in."""
    if chosen in known_profiles():
        resource = resources.files("featurestore.config") / "profiles" / f"{chosen}.yaml"
        return resource.read_text(encoding="utf-8"), f"profile {chosen}", None
    path = Path(chosen).expanduser()
    if path.suffix in {".yaml", ".yml"} and path.is_file():
        try:
            return path.read_text(encoding="utf-8"), str(path), path.parent
        except UnicodeDecodeError as error:
            raise InvalidProfile(str(path), received="bytes that are no UTF-8 text") from error
    raise UnknownProfile(chosen, known=known_profiles())


def _settings(text: str, origin: str, sections: Collection[str]) -> dict[str, object]:
    """The text's settings by dotted keys; those of the sections are mappings, or nothing."""
    try:
        tree = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError) as error:
        raise InvalidProfile(origin, received=_problem(error)) from error
    if not isinstance(tree, dict | None):
        raise InvalidProfile(origin, received=type(tree).__name__)
    flat: dict[str, object] = {}
    for key, value in (tree or {}).items():
        if isinstance(value, dict):
            flat.update({f"{key}.{inner}": inner_value for inner, inner_value in value.items()})
        elif key not in sections:
            flat[str(key)] = value
        elif value is not None:
            raise InvalidSetting(key, received=value, expected="a mapping of settings")
    return flat


def _problem(error: Exception) -> str:
    """What is wrong and where, in one line."""
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or str(error).splitlines()[0]
    return f"{problem} in line {mark.line + 1}, column {mark.column + 1}" if mark else problem

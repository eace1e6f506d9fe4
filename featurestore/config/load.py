"""Loads a profile: argument over environment over YAML; the only reader of environment variables."""

from __future__ import annotations

import json
import os
import re
from contextlib import contextmanager, suppress
from dataclasses import asdict
from functools import cache
from pathlib import Path
from types import UnionType
from typing import TYPE_CHECKING, Any, get_args, get_origin, get_type_hints

from featurestore.config.clouds import IDENTITIES
from featurestore.config.cluster import (
    DriverSettings,
    ExecutorSettings,
    IdentitySettings,
    ImageSettings,
    KubernetesSettings,
    LimitSettings,
    PriceSettings,
)
from featurestore.config.credentials import check_no_credential
from featurestore.config.layers import Layer, file_layers
from featurestore.config.pipelines import NotificationSettings, PipelineSettings
from featurestore.config.profile import KafkaSettings, Profile, SparkSettings, StorageSettings
from featurestore.config.storage import check_identity, normal_root, normal_uri, rules_for
from featurestore.errors import InvalidSetting, MissingSetting, UnknownSetting

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PREFIX = "FEATURESTORE__"
PROFILE_VARIABLE = "FEATURESTORE_PROFILE"
DEFAULT_PROFILE = "local"

_SECTIONS: dict[str, type] = {
    "storage": StorageSettings,
    "kafka": KafkaSettings,
    "spark": SparkSettings,
    "kubernetes": KubernetesSettings,
    "driver": DriverSettings,
    "executors": ExecutorSettings,
    "identity": IdentitySettings,
    "image": ImageSettings,
    "limits": LimitSettings,
    "prices": PriceSettings,
    "pipelines": PipelineSettings,
    "notifications": NotificationSettings,
}
_PLAIN = ("name", "project", "state_directory")
_NEEDED = ("project", "state_directory", "storage.root_uri")
_EVENT_LOG = "kubernetes.event_log_uri"
_SECRET_FILE = "identity.secret_file"  # noqa: S105 - the name of a setting
_OF_STEPS = ("storage", "kafka", "spark", "identity")
_OF_SESSIONS_HERE = ("spark.master", "spark.driver_memory")
_TEXTS = tuple[str, ...]
_TEXT_BY_NAME = dict[str, str]
_EXPECTED: dict[Any, str] = {
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    str: "text",
    _TEXTS: "a list of texts",
    _TEXT_BY_NAME: "texts by name",
}
_TAKEN: dict[str, str] = {}
"""Keys of secrets that this process has from files."""
_TRUTHS = {"true": True, "false": False}
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]*)?")
_WHOLE_NUMBER = re.compile("[+-]?[0-9]+")


def environment() -> dict[str, str]:
    """A copy of the process environment."""
    return dict(os.environ)


@contextmanager
def environment_with(**variables: str) -> Iterator[None]:
    """Sets environment variables while a child process is started; afterwards all is as before."""
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def prepare_environment(profile: Profile) -> None:
    """Has in the environment what libraries and child processes look for there to reach the profile's lake.

    The keys of its secret are taken from `identity.secret_file` where they are not there. Raises `InvalidSetting` for
    a file that lacks one.
    """
    os.environ.update(rules_for(profile.storage.root_uri).variables)
    # What was taken from the file of another profile is none of this one's.
    keys = IDENTITIES[profile.identity.kind].secret_keys
    lacking = [key for key in keys if os.environ.get(key, "") in {"", _TAKEN.get(key)}]
    file = profile.identity.secret_file
    if not lacking or file is None:
        return
    expected = f"a file with {', '.join(lacking)}, KEY=VALUE a line, or these in the environment"
    try:
        lines = Path(file).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidSetting(
            _SECRET_FILE, received=f"{file} ({type(error).__name__})", expected=expected
        ) from error
    found = dict(line.split("=", maxsplit=1) for line in lines if "=" in line and not line.startswith("#"))
    if absent := [key for key in lacking if not found.get(key)]:
        raise InvalidSetting(_SECRET_FILE, received=f"{file} without {', '.join(absent)}", expected=expected)
    taken = {key: found[key] for key in lacking}
    _TAKEN.update(taken)
    os.environ.update(taken)


def load_profile(
    name: str | None = None,
    *,
    overrides: Mapping[str, object] | None = None,
    variables: Mapping[str, str] | None = None,
) -> Profile:
    """The profile `name`: a known name, or the path of a YAML file.

    Each setting is taken from the first place that has it:

    1. `overrides`, with dotted keys: `{"storage.root_uri": "/tmp/lake"}`;
    2. the environment: `FEATURESTORE__STORAGE__ROOT_URI`, lists and mappings as JSON;
    3. the YAML file;
    4. the profile that the file `extends`, a known name or a path from the file's folder, and so on.

    A null there, in the environment an empty text, means the setting's default. Without a name: the
    environment's `FEATURESTORE_PROFILE`, else `local`. A relative path in `root_uri` or `state_directory` is
    taken from the working directory. `variables` stands in for the process environment.

    Raises `UnknownProfile` and `UnknownSetting`, which list the known ones, `InvalidProfile`,
    `InvalidSetting`, `MissingSetting`.
    """
    return profile_with_origins(name, overrides=overrides, variables=variables)[0]


def profile_with_origins(
    name: str | None = None,
    *,
    overrides: Mapping[str, object] | None = None,
    variables: Mapping[str, str] | None = None,
) -> tuple[Profile, dict[str, str]]:
    """What `load_profile` gives, and by the key of each setting that any place has the place that decided."""
    variables = environment() if variables is None else variables
    chosen = name or variables.get(PROFILE_VARIABLE) or DEFAULT_PROFILE
    layers = [
        *file_layers(chosen, sections=_SECTIONS),
        Layer(origin="environment", values=_from_environment(variables)),
        Layer(origin="argument", values=overrides or {}),
    ]
    values: dict[str, object] = {}
    origins: dict[str, str] = {}
    for layer in layers:
        _check_known(layer)
        values.update(layer.values)
        origins.update(dict.fromkeys(layer.values, layer.origin))
    return _build(Path(chosen).stem, values, tried=[layer.origin for layer in layers]), origins


def to_variables(profile: Profile, *, whole: bool = False) -> dict[str, str]:
    """Environment variables that make the profile `local` this one, for a step in a cluster.

    Sizes are left out: there a session has been given its own. With `whole` nothing is, for what starts steps there,
    and what the profile lacks is empty, so that no variable of the place stands in for it.
    """
    values = settings_of(profile)
    del values["state_directory"]
    return {
        PREFIX + key.upper().replace(".", "__"): _text(value)
        for key, value in values.items()
        if whole or (value is not None and _is_of_steps(key))
    }


def settings_of(profile: Profile) -> dict[str, Any]:
    """Every setting's value by its dotted key."""
    sections = {section: asdict(getattr(profile, section)) for section in _SECTIONS}
    nested = {f"{section}.{name}": value for section, its in sections.items() for name, value in its.items()}
    return {**{name: getattr(profile, name) for name in _PLAIN}, **nested}


def _is_of_steps(key: str) -> bool:
    section, dot, _ = key.partition(".")
    return not dot or (section in _OF_STEPS and key not in _OF_SESSIONS_HERE)


def _text(value: Any) -> str:
    """A value as `_read` takes it."""
    if value is None or isinstance(value, str):
        return value or ""
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else json.dumps(value)


def known_settings() -> tuple[str, ...]:
    """Every dotted key a profile may hold."""
    return tuple(sorted(_kinds()))


def _from_environment(variables: Mapping[str, str]) -> dict[str, object]:
    """Settings by dotted key; text stays as it is, so that nothing in it means something to YAML."""
    given = {
        key.removeprefix(PREFIX).lower().replace("__", "."): value
        for key, value in variables.items()
        if key.startswith(PREFIX)
    }
    kinds = _kinds()
    return {key: _read(value, kinds.get(key)) for key, value in given.items()}


def _read(text: str, kind: Any) -> object:
    """What a text says in a setting of this kind; where it says nothing, the text, to be refused later."""
    if kind is int and _WHOLE_NUMBER.fullmatch(text):
        return int(text)
    if kind is float and _NUMBER.fullmatch(text):
        return float(text)
    if kind is bool and text in _TRUTHS:
        return _TRUTHS[text]
    if kind in (_TEXTS, _TEXT_BY_NAME) and text:
        with suppress(ValueError):
            return json.loads(text)
    return text or None


def _check_known(layer: Layer) -> None:
    for key in layer.values:
        if key not in known_settings():
            raise UnknownSetting(key, origin=layer.origin, known=known_settings())


def _build(name: str, values: Mapping[str, object], *, tried: list[str]) -> Profile:
    for key in _NEEDED:
        if values.get(key) is None:
            raise MissingSetting(key, tried=tried)
    typed = {key: _typed(key, value) for key, value in values.items() if value is not None}
    typed["storage.root_uri"] = normal_root(typed["storage.root_uri"])
    if _SECRET_FILE in typed:
        typed[_SECRET_FILE] = str(Path(typed[_SECRET_FILE]).expanduser().absolute())
    if _EVENT_LOG in typed:
        typed[_EVENT_LOG] = normal_uri(typed[_EVENT_LOG], setting=_EVENT_LOG)
    profile = Profile(
        name=typed.get("name", name),
        project=typed["project"],
        state_directory=str(Path(typed["state_directory"]).expanduser().absolute()),
        **{section: kind(**_of_section(section, typed)) for section, kind in _SECTIONS.items()},
    )
    check_identity(profile)
    return profile


def _of_section(section: str, values: Mapping[str, Any]) -> dict[str, Any]:
    prefix = f"{section}."
    return {key.removeprefix(prefix): value for key, value in values.items() if key.startswith(prefix)}


def _typed(key: str, value: object) -> Any:
    """The value where it has its setting's type; texts are never empty."""
    check_no_credential(key, value)
    kind = _kinds()[key]
    if kind is float and type(value) is int:
        return float(value)
    if kind == _TEXTS and isinstance(value, list) and all(map(_is_text, value)):
        return tuple(value)
    if kind == _TEXT_BY_NAME and isinstance(value, dict) and all(map(_is_text, [*value, *value.values()])):
        return value
    if type(value) is not kind or value == "":
        raise InvalidSetting(key, received=value, expected=_EXPECTED[kind])
    return value


def _is_text(value: object) -> bool:
    return isinstance(value, str) and value != ""


@cache
def _kinds() -> dict[str, Any]:
    """The type of each setting by its dotted key, without the null that absent ones may have."""
    nested = {
        f"{section}.{name}": get_args(hint)[0] if get_origin(hint) is UnionType else hint
        for section, kind in _SECTIONS.items()
        for name, hint in get_type_hints(kind).items()
    }
    return {**dict.fromkeys(_PLAIN, str), **nested}

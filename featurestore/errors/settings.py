"""Errors of profiles and of the machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from featurestore.errors.base import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable


class ConfigError(UsageError):
    """A profile or the machine is not as a step needs it."""


class UnknownProfile(ConfigError):
    """No profile has this name."""

    def __init__(self, name: str, *, known: Iterable[str]) -> None:
        self.name, self.known = name, tuple(sorted(known))
        super().__init__(
            f"Expected the name of a profile or the path of a YAML file, got {name!r}. "
            f"Choose one of: {', '.join(self.known)}."
        )


class InvalidProfile(ConfigError):
    """A profile's file does not hold settings; `origin` names it."""

    def __init__(self, origin: str, *, received: str) -> None:
        self.origin, self.received = origin, received
        super().__init__(
            f"{origin}: expected YAML with a mapping of settings, got {received}. Correct the file."
        )


class UnknownSetting(ConfigError):
    """A profile holds a key that nothing reads."""

    def __init__(self, key: str, *, origin: str, known: Iterable[str]) -> None:
        self.key, self.origin, self.known = key, origin, tuple(sorted(known))
        super().__init__(
            f"{origin}: unknown setting {key!r}. Known here: {', '.join(self.known)}. "
            "Remove it or correct its name."
        )


class InvalidSetting(ConfigError):
    """A setting has a value it cannot have."""

    def __init__(self, key: str, *, received: object, expected: str) -> None:
        self.key, self.received, self.expected = key, received, expected
        super().__init__(
            f"Setting {key!r}: expected {expected}, got {received!r}. "
            "Correct it in the profile, the environment or the argument."
        )


class MissingSetting(ConfigError):
    """A setting that is needed has no value."""

    def __init__(self, key: str, *, tried: Iterable[str]) -> None:
        self.key, self.tried = key, tuple(tried)
        super().__init__(
            f"Setting {key!r} has no value. Looked at: {', '.join(self.tried)}. "
            "Give it a value in one of them."
        )


class MissingPart(ConfigError):
    """A program, package or jar that a step needs is not there."""

    def __init__(self, part: str, *, needed_for: str, remedy: str) -> None:
        self.part, self.needed_for, self.remedy = part, needed_for, remedy
        super().__init__(f"{part} is needed for {needed_for} and was not found. {remedy}")

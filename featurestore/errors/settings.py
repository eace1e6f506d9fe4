"""Errors of profiles and of the machine."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from featurestore.errors.base import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable


class ConfigError(UsageError):
    """A profile or the machine is not as a step needs it."""


class UnknownProfile(ConfigError):
    """No profile has this name."""

    cause: ClassVar[str] = (
        "`--profile` or `FEATURESTORE_PROFILE` names neither a profile of the package nor a YAML file that "
        "is there."
    )
    next_move: ClassVar[str] = "Choose a profile that the message lists, or give the path of a YAML file."

    def __init__(self, name: str, *, known: Iterable[str]) -> None:
        self.name, self.known = name, tuple(sorted(known))
        super().__init__(
            f"Expected the name of a profile or the path of a YAML file, got {name!r}. "
            f"Choose one of: {', '.join(self.known)}."
        )


class InvalidProfile(ConfigError):
    """A profile's file does not hold settings; `origin` names it."""

    cause: ClassVar[str] = (
        "The YAML file of a profile cannot be read as YAML, or holds something other than settings by name."
    )
    next_move: ClassVar[str] = "Correct the file."

    def __init__(self, origin: str, *, received: str) -> None:
        self.origin, self.received = origin, received
        super().__init__(
            f"{origin}: expected YAML with a mapping of settings, got {received}. {self.next_move}"
        )


class UnknownSetting(ConfigError):
    """A profile holds a key that nothing reads."""

    cause: ClassVar[str] = (
        "A profile's file, a variable of the environment or a `--set` names a setting that does not exist, "
        "often a misspelled one."
    )
    next_move: ClassVar[str] = "Remove it or correct its name."

    def __init__(self, key: str, *, origin: str, known: Iterable[str]) -> None:
        self.key, self.origin, self.known = key, origin, tuple(sorted(known))
        super().__init__(
            f"{origin}: unknown setting {key!r}. Known here: {', '.join(self.known)}. {self.next_move}"
        )


class InvalidSetting(ConfigError):
    """A setting has a value it cannot have."""

    cause: ClassVar[str] = (
        "A setting's value is of another type than it needs, lies outside its range, or names a project "
        "that cannot be imported."
    )
    next_move: ClassVar[str] = "Correct it in the profile, the environment or the argument."

    def __init__(self, key: str, *, received: object, expected: str) -> None:
        self.key, self.received, self.expected = key, received, expected
        super().__init__(f"Setting {key!r}: expected {expected}, got {received!r}. {self.next_move}")


class MissingSetting(ConfigError):
    """A setting that is needed has no value."""

    cause: ClassVar[str] = (
        "What was asked for needs a setting that no place gives a value. The message lists the places that "
        "were looked at."
    )
    next_move: ClassVar[str] = "Give it a value in one of these places."

    def __init__(self, key: str, *, tried: Iterable[str]) -> None:
        self.key, self.tried = key, tuple(tried)
        super().__init__(
            f"Setting {key!r} has no value. Looked at: {', '.join(self.tried)}. {self.next_move}"
        )


class MissingPart(ConfigError):
    """A program, package or jar that a step needs is not there."""

    cause: ClassVar[str] = (
        "Java, a Python package, a jar or the demo's data set is not on this machine and could not be "
        "fetched."
    )
    next_move: ClassVar[str] = "Install or fetch what the message names, as it says."

    def __init__(self, part: str, *, needed_for: str, remedy: str) -> None:
        self.part, self.needed_for, self.remedy = part, needed_for, remedy
        super().__init__(f"{part} is needed for {needed_for} and was not found. {remedy}")

"""Runs one command: profile, progress, the step, its answer on standard output, one line for an error."""

from __future__ import annotations

import logging
import os
import sys
import warnings
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import typer

from featurestore.cli.progress_display import Display, showing_progress
from featurestore.stop_signal import noting_interrupts

if TYPE_CHECKING:
    from collections.abc import Callable

    from featurestore.config import Profile
    from featurestore.failures import Failure
    from featurestore.store import FeatureStore


@dataclass(frozen=True, kw_only=True)
class Manner:
    """What every command lets its caller choose."""

    profile: str | None = None
    settings: list[str] = field(default_factory=list)
    """`key=value` each; the last of equal keys counts."""

    as_json: bool = False
    quiet: bool = False


@dataclass(frozen=True, kw_only=True)
class Call:
    """What a command works with."""

    store: FeatureStore
    manner: Manner
    display: Display

    def say(self, line: str) -> None:
        """Prints a line for people: on standard output, or where JSON is asked for on standard error."""
        self.display.paused(paused=True)
        print(line, file=sys.stderr if self.manner.as_json else sys.stdout, flush=True)
        self.display.paused(paused=False)


def run(manner: Manner, act: Callable[[Call], object]) -> None:
    """Does the command's act and shows its answer; `None` means that there is nothing to show.

    Raises `typer.Exit` with the exit code of a failure, which is shown before.
    """
    _mute_libraries()
    with noting_interrupts() as interrupted:
        failure = _attempt(manner, act, interrupted)
    if failure is not None:
        show_failure(failure, as_json=manner.as_json)
        raise typer.Exit(failure.exit_code)


def _attempt(
    manner: Manner, act: Callable[[Call], object], interrupted: Callable[[], bool]
) -> Failure | None:
    profile: Profile | None = None
    try:
        from featurestore.config import load_profile
        from featurestore.store import FeatureStore

        profile = load_profile(manner.profile, overrides=overrides_of(manner.settings))
        store = FeatureStore(profile)
        with showing_progress(quiet=manner.quiet) as display:
            answer = act(Call(store=store, manner=manner, display=display))
        _show(answer, as_json=manner.as_json)
    except typer.Exit:
        raise
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - the last one who can tell the user
        from featurestore.failures import failure_of

        return failure_of(error, profile, interrupted=interrupted())
    return None


def overrides_of(settings: list[str]) -> dict[str, object]:
    """The values of `key=value` texts, read as YAML reads a scalar; `InvalidSetting` for another shape."""
    from featurestore.errors import InvalidSetting

    overrides: dict[str, object] = {}
    for setting in settings:
        key, separator, text = setting.partition("=")
        if not separator or not key:
            raise InvalidSetting(
                "--set", received=setting, expected="key=value, such as spark.driver_memory=2g"
            )
        overrides[key.strip()] = _scalar(text)
    return overrides


def show_failure(failure: Failure, *, as_json: bool) -> None:
    """One line on standard error, and the JSON object on standard output where that was asked for."""
    from featurestore.failures import encode

    print(f"error: {failure.message}", file=sys.stderr, flush=True)  # noqa: T201
    if as_json:
        print(encode(failure.to_json()), flush=True)  # noqa: T201


def write_text(text: str) -> None:
    """Writes a text to standard output as it is."""
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        leave_quietly()


def leave_quietly() -> None:
    """Ends after the reader of standard output has gone, as `head` does; raises `typer.Exit`."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    raise typer.Exit(1)


def _show(answer: object, *, as_json: bool) -> None:
    if answer is None:
        return
    try:
        if as_json:
            from featurestore.failures import encode

            to_json: Callable[[], Any] | None = getattr(answer, "to_json", None)
            print(encode(to_json() if to_json else answer), flush=True)  # noqa: T201
        else:
            from featurestore.cli.show import show

            show(answer)
    except BrokenPipeError:
        leave_quietly()


def _scalar(text: str) -> object:
    import yaml

    try:
        value = yaml.safe_load(text)
    except yaml.YAMLError:
        return text
    return value if isinstance(value, str | int | float) or value is None else text


def _mute_libraries() -> None:
    """Libraries that tell Python's log or warn of what is no concern of the caller are not heard."""
    if not logging.getLogger().handlers:
        logging.getLogger().addHandler(logging.NullHandler())
    if not sys.warnoptions:
        warnings.simplefilter("ignore")

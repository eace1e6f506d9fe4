"""Runs one step as a process: arguments in, one JSON object on standard output, an exit code out.

    python -m sparkjobs.<step> [--profile NAME] [--name value ...]

The names are the fields of the step's request. Progress and the line of an error go to standard error.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, NoReturn, TypeVar

from featurestore.config import load_profile
from featurestore.dev.bootstrap import with_dev_broker
from featurestore.failures import Failure, encode, failure_of
from featurestore.progress import listening
from featurestore.step_requests import Request, from_argv
from featurestore.steps.prepare import prepare
from featurestore.stop_signal import noting_interrupts

if TYPE_CHECKING:
    from collections.abc import Callable

    from featurestore.config import Profile
    from featurestore.step_reports import Report
    from featurestore.steps.workspace import Workspace

RequestT = TypeVar("RequestT", bound=Request)


def run_job(step: Callable[[Workspace, RequestT], Report], kind: type[RequestT]) -> NoReturn:
    """Runs the step that the process's arguments ask for and ends the process.

    Exit code 0 done, 1 failed, 2 wrong use or configuration, 130 interrupted; the JSON object is the report,
    or `{"error": ...}`.
    """
    sys.exit(answer(step, kind, sys.argv[1:]))


def answer(step: Callable[[Workspace, RequestT], Report], kind: type[RequestT], arguments: list[str]) -> int:
    """Prints the answer to the arguments and gives the exit code."""
    with noting_interrupts() as interrupted:
        told = _attempt(step, kind, arguments, interrupted)
    if isinstance(told, Failure):
        print(f"error: {told.message}", file=sys.stderr)  # noqa: T201
    print(encode(told.to_json()), flush=True)  # noqa: T201
    return told.exit_code if isinstance(told, Failure) else 0


def _attempt(
    step: Callable[[Workspace, RequestT], Report],
    kind: type[RequestT],
    arguments: list[str],
    interrupted: Callable[[], bool],
) -> Report | Failure:
    profile: Profile | None = None
    try:
        name, rest = _profile_name(arguments)
        request = from_argv(kind, rest)
        profile = with_dev_broker(load_profile(name))
        with listening(_to_standard_error):
            return step(prepare(profile, request), request)
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - the last one who can tell the user
        return failure_of(error, profile, interrupted=interrupted())


def _profile_name(arguments: list[str]) -> tuple[str | None, list[str]]:
    if arguments[:1] == ["--profile"] and len(arguments) > 1:
        return arguments[1], arguments[2:]
    return None, arguments


def _to_standard_error(message: str) -> None:
    print(message, file=sys.stderr, flush=True)  # noqa: T201

"""The application: every command at its place, and one way out for all of them."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer

from featurestore import __version__
from featurestore.cli import (
    commands_data,
    commands_doctor,
    commands_jobs,
    commands_machine,
    commands_models,
    commands_own,
    commands_pipelines,
    commands_profile,
    commands_registry,
    commands_team,
)
from featurestore.cli.run import show_failure

_UsageProblem: Any = typer.BadParameter.__base__
"""What the parser raises for arguments that no command takes."""

_NO_ARGUMENTS = "NoArgsIsHelpError"
"""Its kind where a group comes without a command: the help is its message. The class itself is private."""

app = typer.Typer(
    name="featurestore",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Events to features to models, with Spark and Hudi.",
)
app.add_typer(commands_data.ingest, name="ingest")
app.add_typer(commands_data.features, name="features")
app.add_typer(commands_data.tables)
app.add_typer(commands_models.training_set, name="training-set")
app.add_typer(commands_models.models)
app.add_typer(commands_models.saved_models, name="models")
app.add_typer(commands_registry.definitions)
app.add_typer(commands_jobs.manifests, name="manifests")
app.add_typer(commands_own.jobs)
app.add_typer(commands_own.image, name="image")
app.add_typer(commands_pipelines.pipeline, name="pipeline")
app.add_typer(commands_team.team, name="team")
app.add_typer(commands_doctor.doctors)
app.add_typer(commands_machine.demos)
app.add_typer(commands_machine.dev, name="dev")
app.add_typer(commands_profile.profile, name="profile")


def _print_version(asked: bool) -> None:
    if asked:
        print(f"featurestore {__version__}")  # noqa: T201
        raise typer.Exit


@app.callback()
def _everything(
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    pass


def main(arguments: list[str] | None = None) -> int:
    """Runs the command of the arguments (the process's own unless given); the exit code.

    0 done, 1 failed, 2 wrong use or configuration, 130 interrupted.
    """
    given = sys.argv[1:] if arguments is None else arguments
    try:
        code = app(given, prog_name="featurestore", standalone_mode=False)
    except _UsageProblem as problem:
        return _wrong_use(problem, as_json="--json" in given)
    except (KeyboardInterrupt, typer.Abort):
        return _interrupted()
    except BrokenPipeError:
        return 1
    return code if isinstance(code, int) else 0


def _wrong_use(problem: Any, *, as_json: bool) -> int:
    from featurestore.failures import Failure, one_line

    if type(problem).__name__ == _NO_ARGUMENTS:
        problem.show()
        return int(problem.exit_code)
    context = problem.ctx
    hint = f" See `{context.command_path} --help`." if context else ""
    message = f"{one_line(problem.format_message()).rstrip('.')}.{hint}"
    failure = Failure(type="WrongUse", message=message, exit_code=problem.exit_code)
    show_failure(failure, as_json=as_json)
    return failure.exit_code


def _interrupted() -> int:
    """For Ctrl-C where no command was at work yet."""
    from featurestore.failures import failure_of

    failure = failure_of(KeyboardInterrupt(), None)
    show_failure(failure, as_json=False)
    return failure.exit_code

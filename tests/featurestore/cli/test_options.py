"""How a function becomes a command."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import typer
from typer.testing import CliRunner

from featurestore.cli.app import app
from featurestore.cli.options import AsOf, TableName, verb

if TYPE_CHECKING:
    from collections.abc import Iterator

    from featurestore.cli.run import Call


def commands(group: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every command with its words, groups left out."""
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, f"{path}{name} ")
        else:
            yield f"{path}{name}", command


def test_parameters_of_a_function_are_those_of_its_command() -> None:
    group = typer.Typer()

    @verb(group, "peek")
    def peek(call: Call, table: TableName, as_of: AsOf = None) -> dict[str, Any]:
        """Look at a table."""
        return {"table": table, "as_of": as_of, "profile": call.store.profile.name}

    result = CliRunner().invoke(
        group, ["events/x", "--as-of", "now", "--profile", "local", "--json", "--quiet"]
    )

    assert json.loads(result.stdout) == {"table": "events/x", "as_of": "now", "profile": "local"}


def test_every_command_takes_profile_settings_json_and_quiet() -> None:
    taken = {
        path: {option for parameter in command.params for option in parameter.opts}
        for path, command in commands(typer.main.get_command(app))
    }

    everywhere = {"--profile", "--set", "--json", "--quiet"}
    assert {path for path, options in taken.items() if not everywhere <= options} == set()


def test_every_command_says_what_it_does() -> None:
    assert [path for path, command in commands(typer.main.get_command(app)) if not command.help] == []

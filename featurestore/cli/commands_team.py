"""Commands about teams: their places in a cluster."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from featurestore.cli.options import verb
from featurestore.cli.run import write_text

if TYPE_CHECKING:
    from featurestore.cli.run import Call

team = typer.Typer(no_args_is_help=True, help="Places of teams in a cluster.")

Name = Annotated[str, typer.Argument(metavar="NAME", help="The team's, and that of its namespace.")]
Cpu = Annotated[
    str | None,
    typer.Option("--cpu", metavar="N", help="Processors in all, over the profile's limits.quota_cpu."),
]
Memory = Annotated[
    str | None,
    typer.Option("--memory", metavar="SIZE", help="In all, such as 128g, over limits.quota_memory."),
]
Executors = Annotated[
    int | None,
    typer.Option("--executors", metavar="N", min=1, help="How many at a time; as many as fit, unless given."),
]
Folder = Annotated[
    Path | None,
    typer.Option("--output", metavar="FOLDER", help="Files there, for `kubectl apply -k`, in place of text."),
]


@verb(team, "add")
def add(
    call: Call,
    name: Name,
    cpu: Cpu = None,
    memory: Memory = None,
    executors: Executors = None,
    output: Folder = None,
) -> dict[str, Any] | None:
    """Write a team's namespace, accounts, rights, quota and network for `kubectl apply -f -`; nothing is applied."""
    from pipelines.team import files_of, to_text
    from pipelines.team import team as documents_of

    documents = documents_of(
        name,
        call.store.profile,
        cpu=cpu,
        memory=memory,
        executors=executors,
    )
    if output is not None:
        output.mkdir(parents=True, exist_ok=True)
        for file, text in files_of(documents).items():
            (output / file).write_text(text, encoding="utf-8")
        return {"folder": str(output), "documents": len(documents)}
    if call.manner.as_json:
        return {"documents": documents}
    write_text(to_text(documents))
    return None

"""The arguments and options of commands, each said once, and how a function becomes a command."""

from __future__ import annotations

import inspect
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, TypeVar, get_type_hints

import typer

from featurestore.cli.run import Call, Manner, run
from featurestore.step_requests import SplitBy

if TYPE_CHECKING:
    from collections.abc import Callable

ActT = TypeVar("ActT", bound="Callable[..., object]")

SourceName = Annotated[str, typer.Argument(metavar="SOURCE", help="A source of the project.")]
ViewName = Annotated[str, typer.Argument(metavar="VIEW", help="A feature view of the project.")]
ServiceName = Annotated[str, typer.Argument(metavar="SERVICE", help="A feature service of the project.")]
TableName = Annotated[
    str, typer.Argument(metavar="TABLE", help="A path in the lake: events/<source>, features/<view>, ...")
]
TrainingSetArgument = Annotated[str, typer.Argument(metavar="TRAINING_SET", help="A saved training set.")]
ModelArgument = Annotated[str, typer.Argument(metavar="MODEL", help="A trained model.")]
InputPath = Annotated[
    str | None,
    typer.Option("--path", metavar="GLOB", help="Files or a folder, in place of the source's own path."),
]
InFiles = Annotated[bool, typer.Option("--batch", help="The source's files, and not its topic.")]
Pinned = Annotated[
    str | None,
    typer.Option("--pinned", metavar="TEXT", help="What `ingest pin` gave: just this is read."),
]
MaxRejectedFraction = Annotated[
    float,
    typer.Option(
        "--max-rejected-fraction", min=0.0, max=1.0, help="Fail where a greater part of the rows is rejected."
    ),
]
SourceInstant = Annotated[
    str | None,
    typer.Option(
        "--source-instant", metavar="INSTANT", help="A commit of the events; the newest unless given."
    ),
]
Tables = Annotated[
    str | None,
    typer.Option("--tables", metavar="TABLE@INSTANT,...", help="Commits to read, in place of a time."),
]
Once = Annotated[bool, typer.Option("--once", help="Stop when the topic is drained.")]
IntervalSeconds = Annotated[
    float, typer.Option("--interval-seconds", min=0.1, help="Time between two looks at the topic.")
]
Full = Annotated[bool, typer.Option("--full", help="Compute everything anew.")]
AsOf = Annotated[
    str | None,
    typer.Option("--as-of", metavar="TIME", help="What a reader saw then: ISO 8601 with a zone."),
]
Limit = Annotated[int, typer.Option("--limit", min=0, help="How many to show at most.")]
NewName = Annotated[str, typer.Option("--name", help="The name to save it under.")]
TrainingSetOption = Annotated[
    str, typer.Option("--training-set", metavar="NAME", help="A saved training set.")
]
ModelOption = Annotated[str, typer.Option("--model", metavar="NAME", help="The model to add a version to.")]
By = Annotated[SplitBy, typer.Option("--by", help="What keeps train and test apart.")]
TestFraction = Annotated[float, typer.Option("--test-fraction", help="Between 0 and 1.")]
AlgorithmOption = Annotated[
    str | None,
    typer.Option(
        "--algorithm", metavar="NAME", help="What to fit with its defaults: a name or an import path."
    ),
]
SpecFile = Annotated[
    str | None,
    typer.Option("--spec", metavar="FILE", help="A training spec in YAML, in place of --algorithm."),
]
Gate = Annotated[
    bool, typer.Option("--gate", help="Fail where a condition of the model's spec does not hold.")
]
VersionToPromote = Annotated[int, typer.Option("--version", min=1, help="The version to promote.")]
AliasToMove = Annotated[
    str, typer.Option("--alias", help="A name for a version, such as champion, challenger.")
]
Alias = Annotated[
    str | None, typer.Option("--alias", metavar="NAME", help="The version that this alias stands for.")
]
PlanName = Annotated[
    str | None,
    typer.Option("--plan", metavar="ID", help="Only if this plan, as `plan` named it, still holds."),
]
Version = Annotated[int | None, typer.Option("--version", min=1, help="The newest unless given.")]
Threshold = Annotated[
    float | None,
    typer.Option(
        "--threshold", min=0.0, max=1.0, help="From which a prediction is 1; the model's unless given."
    ),
]
Since = Annotated[
    str | None,
    typer.Option("--since", metavar="DURATION", help="Only rows this close to the newest event: 7d, 12h."),
]

Current = Annotated[
    str | None,
    typer.Option(
        "--since",
        metavar="DURATION",
        help="Rows this close to the newest event are current; 30d unless given.",
    ),
]
DriftThreshold = Annotated[
    float, typer.Option("--threshold", help="From this population stability index on, a feature has drifted.")
]
Only = Annotated[
    str | None,
    typer.Option("--only", metavar="FIELD=VALUE", help="Rows asked about at an event with this value."),
]
EvaluatedOn = Annotated[
    str | None,
    typer.Option(
        "--training-set",
        metavar="NAME",
        help="Whose evaluation; the one that the model was trained on unless given.",
    ),
]
Output = Annotated[
    str | None,
    typer.Option("--output", metavar="PATH", help="Where to; beside the model unless given."),
]

ProfileName = Annotated[
    str | None,
    typer.Option("--profile", metavar="NAME", help="A profile or a YAML file.", rich_help_panel="Everywhere"),
]
Settings = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="KEY=VALUE",
        help="A setting over the profile's, such as storage.root_uri=/tmp/lake; repeatable.",
        rich_help_panel="Everywhere",
    ),
]
AsJson = Annotated[
    bool,
    typer.Option("--json", help="One JSON object on standard output.", rich_help_panel="Everywhere"),
]
Quiet = Annotated[bool, typer.Option("--quiet", help="No progress.", rich_help_panel="Everywhere")]


def verb(app: typer.Typer, name: str, **context: bool) -> Callable[[ActT], ActT]:
    """Makes a function the command `name` of `app`: its parameters after the `Call` are the command's.

    `context` is what the parser is to do otherwise, such as `ignore_unknown_options`.

    Every command also takes `--profile`, `--set`, `--json`, `--quiet`, and shows what the function returns.
    """

    def add(act: ActT) -> ActT:
        def command(
            *,
            profile: str | None,
            settings: list[str] | None,
            as_json: bool,
            quiet: bool,
            **own: Any,
        ) -> None:
            manner = Manner(profile=profile, settings=settings or [], as_json=as_json, quiet=quiet)
            run(manner, partial(act, **own))

        parameters = [*_own_parameters(act), *_everywhere()]
        command.__doc__ = act.__doc__
        command.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
        command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        app.command(name, context_settings=dict(context))(command)
        return act

    return add


def _own_parameters(act: Callable[..., object]) -> list[inspect.Parameter]:
    """Those after the call, with their annotations evaluated; what only type checkers see is left alone."""
    own = [one for one in inspect.signature(act).parameters.values() if one.annotation != Call.__name__]

    def stated() -> None: ...

    stated.__annotations__ = {one.name: one.annotation for one in own}
    hints = get_type_hints(stated, globalns=inspect.getmodule(act).__dict__, include_extras=True)
    return [one.replace(annotation=hints[one.name], kind=inspect.Parameter.KEYWORD_ONLY) for one in own]


def _everywhere() -> list[inspect.Parameter]:
    shared = {
        "profile": (ProfileName, None),
        "settings": (Settings, None),
        "as_json": (AsJson, False),
        "quiet": (Quiet, False),
    }
    return [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)
        for name, (annotation, default) in shared.items()
    ]

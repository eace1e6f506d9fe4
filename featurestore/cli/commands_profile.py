"""Commands about profiles: which there are, what one says and why, how two differ, whether one can be worked with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from featurestore.cli.commands_manifests import show_text
from featurestore.cli.options import verb

if TYPE_CHECKING:
    from collections.abc import Iterable

    from featurestore.cli.run import Call

profile = typer.Typer(no_args_is_help=True, help="Where things run.")

One = Annotated[str, typer.Argument(metavar="ONE", help="A profile or a YAML file.")]
Other = Annotated[str, typer.Argument(metavar="OTHER", help="A profile or a YAML file.")]


@verb(profile, "list")
def list_profiles(call: Call) -> dict[str, Any] | None:
    """List the profiles that come with the package, and where their lakes are."""
    from featurestore.config import load_profile
    from featurestore.config.layers import known_profiles

    roots = {name: load_profile(name, variables={}).storage.root_uri for name in known_profiles()}
    if call.manner.as_json:
        return {"profiles": [{"profile": name, "root_uri": uri} for name, uri in roots.items()]}
    _show_columns(roots.items())
    return None


@verb(profile, "show")
def show_profile(call: Call) -> dict[str, Any] | None:
    """Show every setting as commands would use it, and which place gave it its value."""
    from featurestore.cli.run import overrides_of
    from featurestore.config.load import profile_with_origins, settings_of

    found, origins = profile_with_origins(call.manner.profile, overrides=overrides_of(call.manner.settings))
    settings = settings_of(found)
    by_setting = {key: origins.get(key, "default") for key in settings}
    if call.manner.as_json:
        return {**found.to_json(), "origins": by_setting}
    _show_columns((key, _text(value), by_setting[key]) for key, value in settings.items())
    return None


@verb(profile, "diff")
def diff(call: Call, one: One, other: Other) -> dict[str, Any] | None:
    """Show the settings in which two profiles differ, without those of the environment."""
    from featurestore.config import load_profile
    from featurestore.config.load import settings_of

    ours, theirs = (settings_of(load_profile(name, variables={})) for name in (one, other))
    differing = [key for key in ours if key != "name" and ours[key] != theirs[key]]
    if call.manner.as_json:
        return {"settings": {key: [ours[key], theirs[key]] for key in differing}}
    _show_columns((key, _text(ours[key]), _text(theirs[key])) for key in differing)
    return None


@verb(profile, "check")
def check(call: Call) -> dict[str, Any]:
    """Check a profile without reaching anything: its settings, its project, and all jobs against the rules."""
    from featurestore.definitions import load_project
    from pipelines.check import checked
    from pipelines.project_jobs import requests_of
    from pipelines.spark_application import spark_application

    found = call.store.profile
    project = load_project(found.project)
    jobs = requests_of(project, found) if found.kubernetes.namespace else ()
    for request in jobs:
        checked(spark_application(request, found), found)
    return {"profile": found.name, "project": project.name, "jobs_checked": len(jobs)}


def _text(value: object) -> str:
    from featurestore.failures import encode

    return value if isinstance(value, str) else "-" if value is None else encode(value)


def _show_columns(rows: Iterable[tuple[str, ...]]) -> None:
    """Rows with their columns below one another, the last as wide as it is."""
    found = list(rows)
    widths = [max(map(len, column)) for column in zip(*found, strict=True)][:-1]
    for row in found:
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=False)]
        show_text("  ".join([*cells, row[-1]]).rstrip() + "\n")

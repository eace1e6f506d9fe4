"""The memory of what was made from what: a task whose key is known hands on what an earlier one made.

| step                 | made from, beside its request and the code             | is it, while                     |
|----------------------|--------------------------------------------------------|----------------------------------|
| `validate`           | what is pinned, the source                             | always                           |
| `ingest_*`           | what is pinned, the source                             | the table's newest commit is     |
| `compute_features`   | an instant of the events, the view, its source         | the table has its commit         |
| `build_training_set` | instants of tables or a time that is past, the service | its manifest is                  |
| `split`              | the training set's digest                              | its manifest is                  |
| `train`              | the training set's digest, how it was divided          | the version's card is            |
| `evaluate`           | a version, the same of the training set, the champion  | what lies beside the version is  |
| `measure_drift`      | a version, instants of tables                          | always                           |
| `report_model`       | a version, its evaluation, the newest instants         | the page is                      |
| `score`              | a version, instants of tables                          | the table has its commit         |

A step that reads what is newest has no key, and is always done.

<root>/_runs/memo/<step>/<key>.json
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import msgspec

from featurestore.files import exists, join_uri, write_text
from featurestore.json_files import json_text, read_json
from pipelines.jobs import step_of
from pipelines.made_from import made_from
from pipelines.seals import seal_of

if TYPE_CHECKING:
    from featurestore.config import Profile
    from featurestore.definitions import Project
    from featurestore.step_requests import Request

_FOLDER = "_runs/memo"


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """What a task made, and in which run."""

    run: str
    report: dict[str, Any]
    seal: str
    """What tells it from anything else in its place."""


def key_of(request: Request, profile: Profile, project: Project) -> str | None:
    """SHA-256 (hex) of all that decides what the step makes; none where that is not known beforehand."""
    found = made_from(request, profile, project)
    if found is None:
        return None
    whole = {"step": step_of(request), "request": request.to_json(), **found}
    return hashlib.sha256(msgspec.json.encode(whole, order="sorted")).hexdigest()


def recall(key: str, request: Request, profile: Profile) -> Made | None:
    """What was made from the same, if it is still there as it was."""
    uri = _uri(key, request, profile)
    if not exists(uri):
        return None
    made = read_json(uri, Made, expected="what a task made")
    return made if seal_of(request, made.report, profile) == made.seal else None


def remember(key: str, request: Request, report: dict[str, Any], profile: Profile, *, run: str) -> None:
    """Keeps what was made under its key, in place of what was kept there; nothing where it is gone already."""
    seal = seal_of(request, report, profile)
    if seal is not None:
        made = Made(run=run, report=report, seal=seal)
        write_text(_uri(key, request, profile), json_text(made))


def _uri(key: str, request: Request, profile: Profile) -> str:
    return join_uri(profile.storage.root_uri, _FOLDER, step_of(request), f"{key}.json")

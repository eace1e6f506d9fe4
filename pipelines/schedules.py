"""Recurring runs as a file says them: what it has and the service has not is added, what it has no more goes.

schedules:
  nightly: {pipeline: clickstream, cron: "0 3 * * *", parameters: {batch: true}}
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import yaml

from featurestore.errors import InvalidRequest
from featurestore.progress import tell
from pipelines.pipeline_source import arguments_given, pipeline_document
from pipelines.pipeline_verbs import placed
from pipelines.placed import to_text

if TYPE_CHECKING:
    from featurestore.config import Profile
    from pipelines.kubeflow import Kubeflow

_PREFIX = "featurestore-"
_DIGEST = "featurestore schedule "
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_CRON = re.compile(r"[0-9A-Za-z*/,?#-]+( [0-9A-Za-z*/,?#-]+){4}")


class Schedule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One recurring run; `cron` has five fields, UTC."""

    pipeline: str
    cron: str
    parameters: dict[str, Any] = {}
    enabled: bool = True
    most_at_once: int = 1


class _File(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    schedules: dict[str, Schedule]


def read_schedules(path: str) -> dict[str, Schedule]:
    """The schedules of a file by name; `InvalidRequest` says what does not fit."""
    try:
        tree = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
        found = msgspec.convert(tree, _File).schedules
    except (OSError, ValueError, yaml.YAMLError) as error:
        problem = str(error).splitlines()[0]
        raise InvalidRequest("schedule", expected="a file of schedules", received=problem) from error
    for name, one in found.items():
        if not _NAME.fullmatch(name):
            raise InvalidRequest("schedule", expected="a name of a-z, 0-9 and -", received=name)
        if not _CRON.fullmatch(one.cron):
            expected = 'five fields, such as "0 3 * * *" for three at night, UTC'
            raise InvalidRequest(f"{name}, cron", expected=expected, received=one.cron)
        if one.most_at_once < 1:
            raise InvalidRequest(f"{name}, most_at_once", expected="1 or more", received=one.most_at_once)
    return found


def reconcile(
    wanted: dict[str, Schedule], kubeflow: Kubeflow, profile: Profile, *, only_say: bool = False
) -> dict[str, list[str]]:
    """Makes the service's schedules those of the file; the names that were `added`, `removed` and `kept`.

    One that differs is another one: it is added before the old one goes. Those of other origin are left alone.
    """
    there = [one for one in kubeflow.schedules() if (one.display_name or "").startswith(_PREFIX)]
    documents = {name: _placed(one, profile) for name, one in wanted.items()}
    digests = {name: _digest(one, documents[name], profile) for name, one in wanted.items()}
    known = {(one.display_name.removeprefix(_PREFIX), one.description or "") for one in there}
    kept = [name for name in wanted if (name, digests[name]) in known]
    added = [name for name in wanted if name not in kept]
    going = [
        one for one in there if digests.get(one.display_name.removeprefix(_PREFIX)) != (one.description or "")
    ]
    removed = sorted({one.display_name.removeprefix(_PREFIX) for one in going} - set(added))
    if not only_say:
        for name in added:
            tell(f"adding schedule {name}")
            _add(name, wanted[name], documents[name], digests[name], kubeflow)
        for one in going:
            tell(f"removing schedule {one.display_name}")
            kubeflow.remove_schedule(one.recurring_run_id)
    return {"added": added, "removed": removed, "kept": kept}


def _add(name: str, one: Schedule, documents: list[dict[str, Any]], digest: str, kubeflow: Kubeflow) -> None:
    kubeflow.add_schedule(
        documents,
        job_name=f"{_PREFIX}{name}",
        description=digest,
        cron_expression=f"0 {one.cron}",
        max_concurrency=one.most_at_once,
        params=one.parameters,
        enabled=one.enabled,
    )


def _placed(one: Schedule, profile: Profile) -> list[dict[str, Any]]:
    document = pipeline_document(one.pipeline)
    arguments_given(document, one.parameters)
    return placed(document, profile)


def _digest(one: Schedule, documents: list[dict[str, Any]], profile: Profile) -> str:
    """What the service keeps beside a schedule, so that one that differs is seen."""
    stated = msgspec.json.encode(one, order="sorted").decode()
    whole = "\n".join([stated, to_text(documents), profile.pipelines.service_account])
    return f"{_DIGEST}{hashlib.sha256(whole.encode()).hexdigest()}"

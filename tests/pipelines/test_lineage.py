"""What a task was made from, and what it made."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from featurestore import __version__
from featurestore.clickstream.definitions import PROJECT
from featurestore.config import load_profile
from featurestore.definitions import definition_hash
from featurestore.errors import TableNotFound
from featurestore.step_requests import (
    BuildTrainingSetRequest,
    ComputeFeaturesRequest,
    IngestStreamRequest,
    ScoreRequest,
    SplitRequest,
)
from pipelines.lineage import lineage_of

if TYPE_CHECKING:
    from pathlib import Path

    from featurestore.config import Profile
    from featurestore.step_requests import Request

ONE, TWO = "20240601120000000", "20240601120000001"


@pytest.fixture
def profile(tmp_path: Path) -> Profile:
    return load_profile("local", overrides={"storage.root_uri": str(tmp_path)}, variables={})


def lineage(request_: Request, report: dict[str, Any], profile: Profile) -> dict[str, str]:
    return lineage_of(request_, report, profile=profile, project=PROJECT, run="run-1")


def test_features_come_from_events_at_an_instant(profile: Profile) -> None:
    view = PROJECT.views[0]
    report = {"view": view.name, "table": view.table, "source_instant": ONE, "instant": TWO}

    found = lineage(ComputeFeaturesRequest(view=view.name), report, profile)

    assert found == {
        "run": "run-1",
        "step": "compute_features",
        "instants_in": f"events/{view.source}@{ONE}",
        "instants_out": f"{view.table}@{TWO}",
        "image": "",
        "code_version": __version__,
        "definition_hash": definition_hash(view),
    }


def test_a_training_set_and_predictions_come_from_commits_of_several_tables(profile: Profile) -> None:
    service = PROJECT.services[0]
    instants = {"features/b/v1": TWO, "features/a/v1": ONE}
    built = {"service_hash": "hash", "instants": instants}
    scored = {"table": "predictions/m", "instant": TWO, "instants": instants}

    training_set = lineage(BuildTrainingSetRequest(service=service.name, name="june"), built, profile)
    predictions = lineage(ScoreRequest(model="m"), scored, profile)

    both = f"features/a/v1@{ONE},features/b/v1@{TWO}"
    assert (training_set["instants_in"], training_set["instants_out"]) == (both, "")
    assert training_set["definition_hash"] == definition_hash(service)
    assert (predictions["instants_in"], predictions["instants_out"]) == (both, f"predictions/m@{TWO}")


def test_events_that_were_all_there_already_are_looked_for_in_their_table(profile: Profile) -> None:
    source = PROJECT.sources[0].name
    request = IngestStreamRequest(source=source)

    wrote = lineage(request, {"table": f"events/{source}", "instants": [ONE, TWO]}, profile)
    assert wrote["instants_out"] == f"events/{source}@{TWO}"
    with pytest.raises(TableNotFound):
        lineage(request, {"table": f"events/{source}", "instants": []}, profile)


def test_a_job_in_a_cluster_has_an_image(profile: Profile) -> None:
    place = replace(profile, kubernetes=replace(profile.kubernetes, namespace="growth"))

    found = lineage(SplitRequest(training_set="june"), {}, place)

    assert found["image"] == f"featurestore-spark:{__version__}"
    assert (found["instants_in"], found["definition_hash"]) == ("", "")

"""The jobs of a project: one for each thing that it defines."""

from __future__ import annotations

from featurestore.clickstream.definitions import PROJECT
from featurestore.config import load_profile
from featurestore.definitions import Project
from featurestore.step_requests import IngestBatchRequest
from pipelines.jobs import JOBS, step_of
from pipelines.project_jobs import requests_of
from tests.helpers.shop import SMALL, VISITS

PROFILE = load_profile("gcp", variables={})


def test_the_example_has_every_job() -> None:
    assert {step_of(request) for request in requests_of(PROJECT, PROFILE)} == set(JOBS)


def test_jobs_come_in_the_order_in_which_one_needs_the_other() -> None:
    steps = [step_of(request) for request in requests_of(PROJECT, PROFILE)]
    flow = ["ingest_batch", "compute_features", "build_training_set", "split", "train", "evaluate", "score"]

    assert sorted(flow, key=steps.index) == flow


def test_files_without_a_path_of_their_own_lie_beside_the_tables() -> None:
    project = Project(name="shop", sources=(VISITS,), views=(SMALL,))

    requests = requests_of(project, PROFILE)

    root = PROFILE.storage.root_uri
    assert IngestBatchRequest(source="visits", path=f"{root}/incoming/visits") in requests
    assert "ingest_stream" not in map(step_of, requests)

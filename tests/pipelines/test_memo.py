"""What is remembered, and when it is not believed any more."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from featurestore.clickstream.definitions import PROJECT, USER_ACTIVITY
from featurestore.config import load_profile
from featurestore.errors import ArtifactBroken
from featurestore.step_requests import (
    BuildTrainingSetRequest,
    ComputeFeaturesRequest,
    IngestBatchRequest,
    PlanRequest,
    ReportModelRequest,
    ScoreRequest,
    SplitRequest,
    TrainRequest,
    ValidateRequest,
)
from pipelines import made_from, memo
from pipelines.memo import key_of, recall, remember
from tests.featurestore.steps.test_saved_manifests import manifest
from tests.helpers.models import CARD
from tests.helpers.timelines import table_with

if TYPE_CHECKING:
    from pathlib import Path

    from featurestore.config import Profile
    from featurestore.step_requests import Request

ONE, TWO = "20240601120000000", "20240601120000001"
FILES = "files@" + "0" * 64
VALIDATE = ValidateRequest(source="clickstream", pinned=FILES)
FEATURES = ComputeFeaturesRequest(view="user_activity", source_instant=ONE)


@pytest.fixture
def profile(tmp_path: Path) -> Profile:
    return load_profile("local", overrides={"storage.root_uri": str(tmp_path)}, variables={})


def key(request: Request, profile: Profile, project: Any = PROJECT) -> str:
    found = key_of(request, profile, project)
    assert found is not None
    return found


def test_what_was_made_from_the_same_is_found_with_the_run_that_made_it(profile: Profile) -> None:
    before = recall(key(VALIDATE, profile), VALIDATE, profile)
    remember(key(VALIDATE, profile), VALIDATE, {"read": 3}, profile, run="r-1")

    found = recall(key(VALIDATE, profile), VALIDATE, profile)
    assert before is None
    assert found is not None
    assert (found.run, found.report) == ("r-1", {"read": 3})


def with_another(project: Any, **changes: Any) -> Any:
    view = msgspec.structs.replace(USER_ACTIVITY, **changes)
    return msgspec.structs.replace(project, views=(view, *project.views[1:]), services=())


def test_another_definition_request_code_or_image_is_another_key(
    profile: Profile, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = key(FEATURES, profile)
    images = [
        replace(
            profile,
            kubernetes=replace(profile.kubernetes, namespace="growth"),
            image=replace(profile.image, name=f"store@sha256:{digit * 64}"),
        )
        for digit in "01"
    ]
    keys = {
        here,
        key(ComputeFeaturesRequest(view="user_activity", source_instant=TWO), profile),
        key(FEATURES, profile, with_another(PROJECT, version=2)),
        *(key(FEATURES, one) for one in images),
    }
    monkeypatch.setattr(made_from, "code_digest", lambda: "other")
    keys.add(key(FEATURES, profile))

    assert len(keys) == 6


def test_the_profile_of_a_step_is_no_part_of_its_key(profile: Profile) -> None:
    other = replace(profile, spark=replace(profile.spark, shuffle_partitions=9))

    assert key(FEATURES, profile) == key(FEATURES, other)


@pytest.mark.parametrize(
    "request_",
    [
        ValidateRequest(source="clickstream"),
        IngestBatchRequest(source="clickstream", path="events/*.parquet"),
        ComputeFeaturesRequest(view="user_activity"),
        ComputeFeaturesRequest(view="user_activity", source_instant=ONE, full=True),
        BuildTrainingSetRequest(service="purchase_within_week", name="june"),
        ScoreRequest(model="m", alias="champion", tables=f"a@{ONE}"),
        ScoreRequest(model="m", version=1),
        PlanRequest(),
    ],
    ids=lambda request: type(request).__name__,
)
def test_a_step_that_reads_what_is_newest_has_no_key(request_: Request, profile: Profile) -> None:
    assert key_of(request_, profile, PROJECT) is None


@pytest.mark.parametrize(
    ("name", "pin", "known"),
    [("store:1", True, False), ("store:1", False, True), ("store@sha256:" + "0" * 64, True, True)],
)
def test_an_image_whose_tag_may_come_to_mean_another_gives_no_key(
    name: str, pin: bool, known: bool, profile: Profile
) -> None:
    cluster = replace(
        profile,
        kubernetes=replace(profile.kubernetes, namespace="growth"),
        image=replace(profile.image, name=name, pin=pin),
    )

    assert (key_of(VALIDATE, cluster, PROJECT) is not None) is known


@pytest.mark.parametrize("instants", [[ONE], []])
def test_a_batch_is_believed_as_long_as_nobody_wrote_after_it(
    instants: list[str], profile: Profile, tmp_path: Path
) -> None:
    request = IngestBatchRequest(source="clickstream", pinned=FILES)
    report = {"table": "events/clickstream", "instants": instants}
    table_with(tmp_path, "events/clickstream", ONE)
    remember(key(request, profile), request, report, profile, run="r-1")

    def believed() -> bool:
        return recall(key(request, profile), request, profile) is not None

    assert believed()
    table_with(tmp_path, "events/clickstream", ONE, TWO)
    assert not believed()
    shutil.rmtree(tmp_path / "events")
    assert not believed()


def test_features_are_believed_as_long_as_their_commit_is_kept(profile: Profile, tmp_path: Path) -> None:
    report = {"table": USER_ACTIVITY.table, "instant": ONE}
    table_with(tmp_path, USER_ACTIVITY.table, ONE, TWO)
    remember(key(FEATURES, profile), FEATURES, report, profile, run="r-1")

    assert recall(key(FEATURES, profile), FEATURES, profile) is not None
    table_with(tmp_path, USER_ACTIVITY.table, TWO)
    assert recall(key(FEATURES, profile), FEATURES, profile) is None


def test_what_is_gone_already_is_not_remembered(profile: Profile, tmp_path: Path) -> None:
    remember(key(FEATURES, profile), FEATURES, {"table": "x", "instant": ONE}, profile, run="r-1")

    assert not (tmp_path / "_runs").exists()


def test_a_page_that_another_took_the_place_of_is_not_believed(profile: Profile, tmp_path: Path) -> None:
    request, page = ReportModelRequest(model="m", version=1), tmp_path / "report.html"
    page.write_text("one")
    remember("k", request, {"location": str(page)}, profile, run="r-1")

    assert recall("k", request, profile) is not None
    page.write_text("two")
    assert recall("k", request, profile) is None


def test_a_version_that_was_trained_anew_under_its_number_is_not_believed(
    profile: Profile, tmp_path: Path
) -> None:
    request, folder = TrainRequest(training_set="june", model="m"), tmp_path / "models/m/1"
    folder.mkdir(parents=True)
    (folder / "card.json").write_text(replace(CARD, version="1", folder="model/none").to_json())
    remember("k", request, {"model": "m", "version": 1}, profile, run="r-1")

    assert recall("k", request, profile) is not None
    later = replace(CARD, version="1", folder="model/none", created_at=CARD.created_at + timedelta(days=1))
    (folder / "card.json").write_text(later.to_json())
    assert recall("k", request, profile) is None


def test_events_that_no_view_was_made_from_must_be_fixed_too(profile: Profile) -> None:
    service = msgspec.structs.replace(
        PROJECT.services[1], spine=msgspec.structs.replace(PROJECT.services[1].spine, source="others")
    )

    assert made_from._fixes(f"{USER_ACTIVITY.table}@{ONE}", PROJECT.services[1])
    assert not made_from._fixes(f"{USER_ACTIVITY.table}@{ONE}", service)
    assert made_from._fixes(f"{USER_ACTIVITY.table}@{ONE},events/others@{ONE}", service)
    assert not made_from._fixes(None, PROJECT.services[1])


def test_a_split_belongs_to_the_rows_that_it_divided(profile: Profile, tmp_path: Path) -> None:
    folder = tmp_path / "training_sets" / "visits"
    folder.mkdir(parents=True)
    keys = set()
    for digest in ("d1", "d2"):
        (folder / "manifest.json").write_bytes(msgspec.json.encode(manifest(digest=digest)))
        keys.add(key(SplitRequest(training_set="visits"), profile))

    assert len(keys) == 2


def test_a_damaged_memory_is_named(profile: Profile, tmp_path: Path) -> None:
    remember(key(VALIDATE, profile), VALIDATE, {}, profile, run="r-1")
    (file,) = (tmp_path / "_runs/memo/validate").iterdir()
    file.write_text(json.dumps({"report": {}}))

    with pytest.raises(ArtifactBroken, match=file.name):
        recall(key(VALIDATE, profile), VALIDATE, profile)


def test_each_step_that_may_be_remembered_is_in_the_table() -> None:
    rows = [line.split("`")[1] for line in (memo.__doc__ or "").splitlines() if line.startswith("| `")]
    steps = [one for one in made_from._PARTS if not one.startswith("ingest")]

    assert rows == ["validate", "ingest_*", *steps[1:]]

"""The page of a model, from a real lake."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import msgspec
import pytest

from featurestore.definitions.training import Condition, TrainingSpec
from featurestore.errors import ArtifactBroken, ArtifactNotFound, InvalidRequest, MissingPart
from featurestore.files import read_text, write_text
from featurestore.step_requests import EvaluateRequest, ReportModelRequest, TrainRequest
from featurestore.steps.evaluate import evaluate
from featurestore.steps.prepare import prepare
from featurestore.steps.report_model import renderer, report_model
from featurestore.steps.train import train
from featurestore.steps.workspace import Workspace
from tests.helpers.pages import Read

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.spark

SPEC = TrainingSpec(segments=("page",), gate=(Condition(metric="auc", at_least=0.99),))


def evaluated(lake: Workspace, model: str) -> None:
    train(lake, TrainRequest(training_set="visits", model=model, spec=msgspec.json.encode(SPEC).decode()))
    evaluate(lake, EvaluateRequest(model=model, training_set="visits"))


def test_the_page_tells_what_the_lake_holds(open_shop: Workspace, tmp_path: Path) -> None:
    evaluated(open_shop, "shown")
    page = tmp_path / "page.html"

    report = report_model(open_shop, ReportModelRequest(model="shown", output=str(page)))

    text = page.read_text(encoding="utf-8")
    words = Read(text).words
    assert (report.location, report.size_bytes) == (str(page), len(text.encode()))
    assert report.size_bytes < 2_000_000
    assert "shown version 1" in words
    assert "auc at least 0.99" in words
    assert "features/small/v1" in words
    assert "By page" in words
    assert set(report.drift) == set(open_shop.project.service("buyers").feature_columns)
    assert (report.training_set, report.passed) == ("visits", False)


def test_beside_the_model_unless_a_path_is_given_and_again_in_its_place(open_shop: Workspace) -> None:
    evaluated(open_shop, "placed")

    first = report_model(open_shop, ReportModelRequest(model="placed"))
    again = report_model(open_shop, ReportModelRequest(model="placed", version=1))

    assert first.location == f"{open_shop.root_uri}/models/placed/1/report.html"
    assert again.location == first.location


def test_a_model_that_was_not_measured_has_no_page(open_shop: Workspace) -> None:
    train(open_shop, TrainRequest(training_set="visits", model="unmeasured_page"))
    request = ReportModelRequest(model="unmeasured_page")

    with pytest.raises(ArtifactNotFound, match=r"featurestore evaluate"):
        report_model(open_shop, request)
    with pytest.raises(ArtifactNotFound):
        prepare(open_shop.profile, request, open_shop.project)


def test_a_damaged_evaluation_is_named(open_shop: Workspace) -> None:
    evaluated(open_shop, "damaged")
    kept = f"{open_shop.root_uri}/models/damaged/1/evaluations/visits.json"
    write_text(kept, json.dumps({**json.loads(read_text(kept)), "curves": "none"}))

    with pytest.raises(ArtifactBroken, match=r"damaged version 1 on visits"):
        report_model(open_shop, ReportModelRequest(model="damaged"))


def test_a_service_that_changed_since_the_training_is_refused(open_shop: Workspace) -> None:
    evaluated(open_shop, "outdated")
    service = open_shop.project.service("buyers")
    label = msgspec.structs.replace(service.label, value="other")
    others = [one for one in open_shop.project.services if one.name != "buyers"]
    changed = msgspec.structs.replace(
        open_shop.project, services=(msgspec.structs.replace(service, label=label), *others)
    )

    with pytest.raises(InvalidRequest, match="trained with"):
        report_model(
            Workspace(spark=open_shop.spark, profile=open_shop.profile, project=changed),
            ReportModelRequest(model="outdated"),
        )


def test_without_the_packages_that_draw_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith("featurestore.page.")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)

    with pytest.raises(MissingPart, match="extra `report`"):
        renderer()

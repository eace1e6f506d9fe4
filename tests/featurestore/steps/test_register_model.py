"""A version that passed its gate gets its alias."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from featurestore.config import load_profile
from featurestore.errors import ArtifactBroken, ArtifactNotFound, GateFailed
from featurestore.files import join_uri, write_text
from featurestore.step_reports import Curves, EvaluateReport, GateVerdict
from featurestore.step_requests import RegisterModelRequest
from featurestore.steps.register_model import register_model
from featurestore.training.model_aliases import aliases_of
from featurestore.training.model_versions import add_evaluation
from tests.helpers.models import CARD

if TYPE_CHECKING:
    from pathlib import Path

    from featurestore.config import Profile

AUC = GateVerdict(condition="auc >= 0.7", passed=True, value=0.8, bound=0.7, short_by=0.0, reason="0.8")
METRICS = {
    "threshold": 0.5, "rows": 10, "positives": 4, "base_rate": 0.4, "auc": 0.8, "pr_auc": 0.7, "log_loss": 0.4,
    "precision": 0.5, "recall": 0.5, "reasons": {},
    "confusion": {"true_positive": 2, "false_positive": 2, "true_negative": 4, "false_negative": 2},
}  # fmt: skip


@pytest.fixture
def profile(tmp_path: Path) -> Profile:
    """Two versions, of which only the cards matter here; the second does not pass."""
    for version in ("1", "2"):
        card = replace(CARD, name="buys", version=version)
        write_text(join_uri(str(tmp_path), "models", "buys", version, "card.json"), card.to_json())
    keep(str(tmp_path), "1", AUC)
    keep(str(tmp_path), "2", AUC, replace_verdict(passed=False))
    return load_profile("local", overrides={"storage.root_uri": str(tmp_path)}, variables={})


def replace_verdict(*, passed: bool) -> GateVerdict:
    return GateVerdict(
        condition="recall >= 0.9", passed=passed, value=0.5, bound=0.9, short_by=0.4, reason="0.5 < 0.9"
    )


def keep(root: str, version: str, *gate: GateVerdict) -> None:
    report = EvaluateReport(
        step="evaluate", model="buys", version=int(version), training_set="june", metrics=METRICS,
        calibration={}, curves=Curves(roc=(), precision_recall=()), importance={}, cost=None, segments={},
        champion_version=None, champion=None, gate=gate, passed=all(one.passed for one in gate),
    )  # fmt: skip
    add_evaluation(report.to_json(), root_uri=root, name="buys", version=version, training_set="june")


def request(version: int, training_set: str = "june", alias: str = "champion") -> RegisterModelRequest:
    return RegisterModelRequest(model="buys", version=version, training_set=training_set, alias=alias)


def aliases(profile: Profile) -> dict[str, str]:
    return aliases_of(root_uri=profile.storage.root_uri, name="buys").versions


def test_what_passed_is_registered_once(profile: Profile) -> None:
    first = register_model(profile, request(1))

    assert aliases(profile) == {"champion": "1"}
    assert (first.replaced, first.metrics["auc"]) == (None, 0.8)
    assert register_model(profile, request(1)) == first
    assert aliases_of(root_uri=profile.storage.root_uri, name="buys").number == 1


def test_what_it_replaces_is_said(profile: Profile) -> None:
    keep(profile.storage.root_uri, "2", AUC)
    register_model(profile, request(1))

    assert register_model(profile, request(2)).replaced == 1
    assert register_model(profile, request(1, alias="challenger")).replaced is None


def test_what_did_not_pass_or_was_not_measured_is_not_registered(profile: Profile) -> None:
    with pytest.raises(GateFailed, match=r"buys version 2.*recall >= 0\.9"):
        register_model(profile, request(2))
    with pytest.raises(ArtifactNotFound, match="evaluation"):
        register_model(profile, request(1, training_set="july"))
    with pytest.raises(ArtifactNotFound, match="3"):
        register_model(profile, request(3))
    assert aliases(profile) == {}


def test_an_evaluation_that_cannot_be_read_is_named(profile: Profile) -> None:
    add_evaluation(
        {"metrics": METRICS}, root_uri=profile.storage.root_uri, name="buys", version="1", training_set="june"
    )

    with pytest.raises(ArtifactBroken, match="evaluation of buys version 1 on june"):
        register_model(profile, request(1))

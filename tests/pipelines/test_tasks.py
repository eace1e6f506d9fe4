"""What each task asks for and hands on. Steps are played by a double that only answers: their own tests run them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from kfp import dsl  # type: ignore[import-untyped]

from featurestore.errors import SourceNotFound
from featurestore.progress import tell
from featurestore.step_requests import (
    BuildTrainingSetRequest,
    ComputeFeaturesRequest,
    EvaluateRequest,
    IngestBatchRequest,
    IngestStreamRequest,
    MeasureDriftRequest,
    PinInputRequest,
    RegisterModelRequest,
    ReportModelRequest,
    ScoreRequest,
    SplitBy,
    SplitRequest,
    TrainRequest,
    ValidateRequest,
)
from pipelines import tasks
from tests.pipelines.test_artifacts import report as evaluation

if TYPE_CHECKING:
    from pathlib import Path

    from featurestore.step_requests import Request

ONE, TWO = "20240601120000000", "20240601120000001"
FILES = "files@" + "0" * 64
RANGES = "clicks/LbsOYCb7TQqYtIjs2j6EUw@0:0-3"


class Steps:
    """Answers every request with the report that a test gives it."""

    def __init__(self) -> None:
        self.asked: list[Request] = []
        self.report: dict[str, Any] = {}

    def __call__(self, request: Request, *, run: str) -> dict[str, Any]:
        assert run == "run-1"
        self.asked.append(request)
        tell("a step at work")
        if isinstance(request, PinInputRequest) and request.path == "nowhere":
            raise SourceNotFound("clickstream", location="nowhere", remedy="Check the path.")
        return self.report


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Steps:
    double = Steps()
    monkeypatch.setattr(tasks, "run_step", double)
    monkeypatch.setenv("FEATURESTORE__STORAGE__ROOT_URI", str(tmp_path))
    monkeypatch.setenv("FEATURESTORE_PROFILE", "local")
    return double


def done(task: str, **inputs: Any) -> str:
    """What the task hands on."""
    given = {"run": "run-1", "lineage": dsl.Artifact(), "metrics": dsl.Metrics(), **inputs}
    if task in {"kafka_streamer", "pin_tables", "train", "report_model", "register_model"}:
        del given["metrics"]
    handed_on: str = getattr(tasks, task)(**given)
    return handed_on


def test_the_input_is_pinned_once_and_empty_texts_are_nothing(steps: Steps) -> None:
    steps.report = {"pinned": RANGES}

    assert done("kafka_streamer", source="clickstream", batch=False, path="", pinned="") == RANGES
    assert steps.asked == [PinInputRequest(source="clickstream")]


def test_what_is_pinned_is_validated_and_handed_on(steps: Steps) -> None:
    steps.report = {"read": 3, "rejected": 1, "rejected_fraction": 1 / 3}
    metrics = dsl.Metrics()

    given: dict[str, Any] = {"source": "clickstream", "pinned": RANGES, "max_rejected_fraction": 0.5}
    assert done("validate_schema", metrics=metrics, **given) == RANGES
    assert steps.asked == [ValidateRequest(**given)]
    assert metrics.metadata == {"read": 3.0, "rejected": 1.0, "rejected_fraction": 1 / 3}


@pytest.mark.parametrize(
    ("pinned", "request_"),
    [
        (FILES, IngestBatchRequest(source="clickstream", pinned=FILES)),
        (RANGES, IngestStreamRequest(source="clickstream", pinned=RANGES, once=True)),
    ],
)
def test_what_is_pinned_is_written_by_files_or_from_the_topic(
    steps: Steps, pinned: str, request_: Request
) -> None:
    steps.report = {"table": "events/clickstream", "instants": [ONE, TWO], "read": 3}

    assert done("hudi_writer", source="clickstream", pinned=pinned) == f"events/clickstream@{TWO}"
    assert steps.asked == [request_]


def test_features_are_computed_from_the_events_that_were_written(steps: Steps) -> None:
    steps.report = {
        "view": "user_activity",
        "table": "features/user_activity/v1",
        "source_instant": ONE,
        "instant": TWO,
    }

    handed_on = done("compute_features", view="user_activity", events=f"events/clickstream@{ONE}")

    assert handed_on == f"features/user_activity/v1@{TWO}"
    assert steps.asked == [ComputeFeaturesRequest(view="user_activity", source_instant=ONE)]


def test_a_training_set_without_a_name_is_called_by_what_it_is_made_from(steps: Steps) -> None:
    tables = [f"features/b/v1@{TWO}", f"features/a/v1@{ONE}"]
    given: dict[str, Any] = {"service": "purchase_within_week", "as_of": "", "name": "", "only": ""}
    steps.report = {"training_set": "made", "rows": 3}

    for given_tables in (tables, tables[::-1], tables[:1]):
        assert done("feature_store_reader", **given, tables=given_tables) == "made"

    first, again, other = steps.asked
    assert isinstance(first, BuildTrainingSetRequest)
    assert first.tables == f"features/a/v1@{ONE},features/b/v1@{TWO}"
    assert first.name.startswith("purchase_within_week-")
    assert first == again
    assert isinstance(other, BuildTrainingSetRequest)
    assert first.name != other.name


def test_a_training_set_is_of_commits_or_of_a_time(steps: Steps) -> None:
    given = {"service": "purchase_within_week", "name": "june", "only": ""}
    steps.report = {"training_set": "june"}

    done("feature_store_reader", **given, tables=[], as_of="2024-06-01T12:00:00Z")
    assert isinstance(steps.asked[0], BuildTrainingSetRequest)
    assert str(steps.asked[0].as_of) == "2024-06-01 12:00:00+00:00"
    with pytest.raises(SystemExit, match="tables or as_of"):
        done("feature_store_reader", **given, tables=[], as_of="")


def test_rows_of_a_value_are_a_training_set_of_their_own(steps: Steps) -> None:
    given: dict[str, Any] = {"service": "purchase_within_week", "as_of": "", "name": ""}
    steps.report = {"training_set": "made"}

    for only in ("", "platform=mobile", "platform=desktop"):
        done("feature_store_reader", **given, tables=[f"features/a/v1@{ONE}"], only=only)

    requests = [one for one in steps.asked if isinstance(one, BuildTrainingSetRequest)]
    assert [one.only for one in requests] == [None, "platform=mobile", "platform=desktop"]
    assert len({one.name for one in requests}) == 3


def test_a_model_of_chosen_rows_is_called_by_their_value(steps: Steps) -> None:
    steps.report = {"version": 1, "location": "x", "algorithm": "x", "train_rows": 5}
    given: dict[str, Any] = {"training_set": "june", "model": "m", "algorithm": "", "spec": ""}

    model = done("train", **given, only="country=Great Britain", artifact=dsl.Model())

    assert model == "m-great-britain@1"
    assert steps.asked == [TrainRequest(training_set="june", model="m-great-britain")]


def test_views_are_fixed_one_by_one_and_compared_with_what_the_alias_stands_for(
    steps: Steps, tmp_path: Path
) -> None:
    aliases = tmp_path / "models/m/aliases"
    aliases.mkdir(parents=True)
    (aliases / "1.json").write_text('{"number": 1, "trails": {"champion": ["3"]}}')
    steps.report = {"instants": {"features/a/v1": ONE, "features/b/v1": TWO}}
    tables: Any = done("pin_tables", service="purchase_within_week", as_of="2024-06-01T12:00:00Z", pinned=[])
    assert done("pin_tables", service="purchase_within_week", as_of="", pinned=tables[::-1]) == tables
    metrics = dsl.Metrics()
    given: dict[str, Any] = {"model": "m", "alias": "champion", "tables": tables, "threshold": 0.2}
    steps.report = {"drift": {"x": 0.3, "y": None}, "drifted": ["x"], "train_rows": 9, "instants": {}}
    assert done("measure_drift", **given, metrics=metrics) == "drifted"
    steps.report = {"drift": {"x": 0.1}, "drifted": [], "train_rows": 9, "instants": {}}
    assert done("measure_drift", **given) == "steady"

    assert tables == [f"features/a/v1@{ONE}", f"features/b/v1@{TWO}"]
    assert metrics.metadata == {"train_rows": 9.0, "x": 0.3}
    request = steps.asked[1]
    assert isinstance(request, MeasureDriftRequest)
    assert (request.version, request.tables, request.threshold) == (3, ",".join(tables), 0.2)


def test_the_end_of_a_run_is_told_by_what_kubeflow_says_of_it(
    steps: Steps, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []

    def finish(*words: str, failed: bool) -> str:
        asked.append((*words, failed))
        return "told"

    monkeypatch.setattr(tasks, "finish_run", finish)

    assert tasks.notify(run="run-1", pipeline="retrain", failed=True) == "told"
    assert asked == [("run-1", "retrain", True)]


def test_a_model_goes_from_task_to_task_by_name_and_version(steps: Steps, tmp_path: Path) -> None:
    steps.report = {"version": 3, "location": "lake/models/m/3", "algorithm": "x", "train_rows": 5}
    artifact = dsl.Model()
    assert done("train_test_split", training_set="june", by="time", test_fraction=0.3) == "june"
    model = done("train", training_set="june", model="m", only="", algorithm="", spec="", artifact=artifact)
    assert (model, artifact.metadata["location"]) == ("m@3", "lake/models/m/3")
    steps.report = evaluation()
    metrics, curves = dsl.Metrics(), dsl.ClassificationMetrics()
    assert (
        done("evaluate", model=model, training_set="june", gate=True, metrics=metrics, curves=curves) == model
    )
    assert metrics.metadata["auc"] == 0.8
    (tmp_path / "report.html").write_text("page")
    steps.report = {"location": str(tmp_path / "report.html")}
    page = dsl.HTML(uri=str(tmp_path / "copy"))
    done("report_model", model=model, training_set="june", page=page)
    assert (tmp_path / "copy").read_text() == "page"
    assert done("register_model", model=model, training_set="june", alias="champion") == model
    steps.report = {"table": "predictions/m", "instant": TWO, "instants": {}, "rows": 4}
    assert done("predict", model=model, tables=[], only="") == f"predictions/m@{TWO}"

    assert steps.asked == [
        SplitRequest(training_set="june", by=SplitBy.TIME, test_fraction=0.3),
        TrainRequest(training_set="june", model="m"),
        EvaluateRequest(model="m", version=3, training_set="june", gate=True),
        ReportModelRequest(model="m", version=3, training_set="june"),
        RegisterModelRequest(model="m", version=3, training_set="june"),
        ScoreRequest(model="m", version=3),
    ]


@pytest.mark.parametrize("model", ["m", "m@", "m@newest", "@3"])
def test_a_model_without_its_version_is_refused(steps: Steps, model: str) -> None:
    with pytest.raises(SystemExit, match="model@version, as train hands it on"):
        done("predict", model=model, tables=[], only="")
    assert steps.asked == []


def test_what_a_task_does_is_in_its_log_and_what_went_wrong_is_one_line(
    steps: Steps, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as raised:
        done("kafka_streamer", source="clickstream", batch=True, path="nowhere", pinned="")

    assert capsys.readouterr().out == "a step at work\n"
    assert str(raised.value).startswith("error: Source 'clickstream'")

"""Requests: what is asked of a step goes to a command line and comes back the same."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from featurestore import step_requests
from featurestore.errors import InvalidRequest, NaiveTimestamp
from featurestore.step_requests import (
    ApplyRequest,
    BuildTrainingSetRequest,
    ComputeFeaturesRequest,
    EvaluateRequest,
    HistoryRequest,
    IngestBatchRequest,
    IngestStreamRequest,
    MeasureDriftRequest,
    PinInputRequest,
    PinTablesRequest,
    PlanRequest,
    ReadRequest,
    RegisterModelRequest,
    ReportModelRequest,
    Request,
    ScoreRequest,
    SplitBy,
    SplitRequest,
    TrainRequest,
    ValidateRequest,
    from_argv,
)

# What looks like an option, a null, a number or a truth must come back as the text it was.
TEXTS = st.text() | st.sampled_from(["", "--limit", "null", "none", "true", "1", "1e3", "-1", "a b", "ü"])
PATHS = st.none() | TEXTS
TIMES = st.none() | st.datetimes(timezones=st.just(timezone.utc))
VERSIONS = st.none() | st.integers(1, 2**31)
COUNTS = st.integers(0, 2**53)
ONLY = st.none() | st.builds("{}={}".format, st.text("abc_", min_size=1), TEXTS)
SINCE = st.none() | st.timedeltas(timedelta(0), timedelta(days=36_500))

REQUESTS = {
    PinTablesRequest: st.builds(PinTablesRequest, service=TEXTS, as_of=TIMES),
    MeasureDriftRequest: st.builds(
        MeasureDriftRequest,
        model=TEXTS,
        version=VERSIONS,
        alias=PATHS,
        tables=PATHS,
        since=SINCE,
        threshold=st.floats(0, 10, exclude_min=True),
    ),
    PinInputRequest: st.builds(PinInputRequest, source=TEXTS, batch=st.booleans(), path=PATHS, pinned=PATHS),
    ValidateRequest: st.builds(
        ValidateRequest, source=TEXTS, path=PATHS, max_rejected_fraction=st.floats(0, 1)
    )
    | st.builds(ValidateRequest, source=TEXTS, pinned=PATHS),
    IngestBatchRequest: st.builds(IngestBatchRequest, source=TEXTS, path=PATHS)
    | st.builds(IngestBatchRequest, source=TEXTS, pinned=PATHS),
    IngestStreamRequest: st.builds(
        IngestStreamRequest,
        source=TEXTS,
        once=st.booleans(),
        interval_seconds=st.floats(0, 1e9),
        pinned=PATHS,
    ),
    ComputeFeaturesRequest: st.builds(
        ComputeFeaturesRequest, view=TEXTS, full=st.booleans(), source_instant=PATHS
    ),
    RegisterModelRequest: st.builds(
        RegisterModelRequest, model=TEXTS, version=st.integers(1, 2**31), training_set=TEXTS, alias=TEXTS
    ),
    ReadRequest: st.builds(ReadRequest, table=TEXTS, as_of=TIMES, limit=COUNTS),
    ReportModelRequest: st.builds(
        ReportModelRequest,
        model=TEXTS,
        version=VERSIONS,
        alias=PATHS,
        training_set=PATHS,
        since=SINCE,
        output=PATHS,
    ),
    HistoryRequest: st.builds(HistoryRequest, table=TEXTS, limit=COUNTS),
    BuildTrainingSetRequest: st.builds(
        BuildTrainingSetRequest, service=TEXTS, name=TEXTS, as_of=TIMES, only=ONLY
    )
    | st.builds(BuildTrainingSetRequest, service=TEXTS, name=TEXTS, tables=PATHS),
    SplitRequest: st.builds(
        SplitRequest,
        training_set=TEXTS,
        by=st.sampled_from(SplitBy),
        test_fraction=st.floats(0, 1, exclude_min=True, exclude_max=True),
    ),
    TrainRequest: st.builds(TrainRequest, training_set=TEXTS, model=TEXTS, algorithm=PATHS, spec=PATHS),
    EvaluateRequest: st.builds(
        EvaluateRequest,
        model=TEXTS,
        training_set=TEXTS,
        version=VERSIONS,
        alias=PATHS,
        threshold=st.none() | st.floats(0, 1),
        gate=st.booleans(),
    ),
    ScoreRequest: st.builds(
        ScoreRequest, model=TEXTS, version=VERSIONS, alias=PATHS, as_of=TIMES, since=SINCE, only=ONLY
    )
    | st.builds(ScoreRequest, model=TEXTS, tables=PATHS),
    PlanRequest: st.builds(PlanRequest),
    ApplyRequest: st.builds(ApplyRequest, plan=PATHS),
}


@given(st.one_of(*REQUESTS.values()))
def test_what_was_put_on_a_command_line_comes_back(request: Request) -> None:
    assert from_argv(type(request), request.to_argv()) == request


@given(st.one_of(*REQUESTS.values()))
def test_a_request_is_plain_json(request: Request) -> None:
    assert json.loads(json.dumps(request.to_json(), allow_nan=False)) == request.to_json()


def test_every_request_is_tried() -> None:
    kinds = {kind for kind in vars(step_requests).values() if isinstance(kind, type)}

    assert {kind for kind in kinds if issubclass(kind, Request)} - {Request} == REQUESTS.keys()


def test_a_command_line_reads_well() -> None:
    request = IngestStreamRequest(source="clicks", once=True)

    assert request.to_argv() == ["--source", "clicks", "--once", "true", "--interval-seconds", "10.0"]


def test_what_is_absent_is_left_out() -> None:
    assert IngestBatchRequest(source="clicks").to_argv() == ["--source", "clicks"]


def test_times_are_written_in_utc() -> None:
    evening = datetime(2024, 6, 1, 23, tzinfo=timezone(timedelta(hours=2)))

    assert ReadRequest(table="events/clicks", as_of=evening).to_json()["as_of"] == "2024-06-01T21:00:00Z"


@pytest.mark.parametrize(
    "argv",
    [
        [],
        ["--table"],
        ["--table", "a", "--limit"],
        ["table", "a"],
        ["--table", "a", "--tabel", "b"],
        ["--table", "a", "--table", "b"],
        ["--table", "a", "--as_of", "2024-06-01T00:00:00Z"],
        ["--table", "a", "--limit", "many"],
        ["--table", "a", "--limit", "1.5"],
        ["--table", "a", "--as-of", "yesterday"],
    ],
)
def test_arguments_that_do_not_fit_are_refused(argv: list[str]) -> None:
    with pytest.raises(InvalidRequest, match="ReadRequest"):
        from_argv(ReadRequest, argv)


def test_the_arguments_that_fit_are_listed() -> None:
    with pytest.raises(InvalidRequest, match="--table, --as-of, --limit"):
        from_argv(ReadRequest, ["--tabel", "a"])


@pytest.mark.parametrize(
    "argv",
    [
        ["--source", "clicks", "--interval-seconds", "-1"],
        ["--source", "clicks", "--interval-seconds", "nan"],
        ["--source", "clicks", "--interval-seconds", "inf"],
    ],
)
def test_an_interval_is_a_time_to_wait(argv: list[str]) -> None:
    with pytest.raises(InvalidRequest, match="interval_seconds"):
        from_argv(IngestStreamRequest, argv)


@pytest.mark.parametrize("fraction", [0.0, 1.0, -0.1, 1.1, float("nan")])
def test_a_test_fraction_leaves_rows_on_both_sides(fraction: float) -> None:
    with pytest.raises(InvalidRequest, match="test_fraction"):
        SplitRequest(training_set="june", test_fraction=fraction)


def test_numbers_out_of_their_range_are_refused() -> None:
    with pytest.raises(InvalidRequest, match="limit"):
        ReadRequest(table="events/clicks", limit=-1)
    with pytest.raises(InvalidRequest, match="limit"):
        HistoryRequest(table="events/clicks", limit=-1)
    with pytest.raises(InvalidRequest, match="threshold"):
        EvaluateRequest(model="buys", training_set="june", threshold=1.5)
    with pytest.raises(InvalidRequest, match="version"):
        EvaluateRequest(model="buys", training_set="june", version=0)
    with pytest.raises(InvalidRequest, match="since"):
        ScoreRequest(model="buys", since=timedelta(seconds=-1))


def test_a_time_without_zone_is_refused() -> None:
    naive = datetime(2024, 6, 1)  # noqa: DTZ001

    with pytest.raises(NaiveTimestamp, match="as_of"):
        ReadRequest(table="events/clicks", as_of=naive)
    with pytest.raises(NaiveTimestamp, match="as_of"):
        BuildTrainingSetRequest(service="buys", name="june", as_of=naive)
    with pytest.raises(NaiveTimestamp, match="as_of"):
        from_argv(ScoreRequest, ["--model", "buys", "--as-of", "2024-06-01T00:00:00"])


def test_a_request_cannot_be_changed() -> None:
    request = HistoryRequest(table="events/clicks")

    with pytest.raises(AttributeError):
        request.limit = 3  # type: ignore[misc]

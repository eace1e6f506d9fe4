"""In whatever order events, corrections and deletes arrive, features are those of the final facts."""

from __future__ import annotations

import random
from collections import defaultdict
from typing import TYPE_CHECKING, Any

import pytest
from pyspark.sql import functions as F

from featurestore.instants import from_micros, to_micros
from featurestore.offline.point_in_time import JoinedView, point_in_time_join
from featurestore.windows import micros
from tests.helpers.frames import DAY
from tests.helpers.oracle import windowed
from tests.helpers.shop import ACTIVITY, LONG, SHORT, compute, digest, ingest, lake_at, stored

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from featurestore.step_reports import ComputeFeaturesReport
    from featurestore.steps.workspace import Workspace
    from tests.helpers.shop import Event

pytestmark = pytest.mark.spark

GROUPS, IDS, REVISIONS, STEPS = 16, 6, 3, 18
STEP = micros(SHORT) // 2
START = to_micros(DAY)
ORDERS = {"as they came": [[0], [1], [2]], "backwards": [[2], [1, 0]], "at once": [[0, 1, 2]]}
"""For each lake the increments that come between two runs."""


def random_events() -> list[list[Event]]:
    """Three increments; in each group of three users six events come into being, change, move and vanish."""
    chance = random.Random(20240601)  # noqa: S311 - no secret
    increments: list[list[Event]] = [[], [], []]
    for group in range(GROUPS):
        for number in range(IDS):
            for revision in range(1, chance.randint(1, REVISIONS) + 1):
                user = chance.choice([*(f"u{group}{letter}" for letter in "aab"), None])
                event = {
                    "id": f"e{group}-{number}",
                    "user": user,
                    "time": from_micros(START + chance.randint(0, STEPS) * STEP).isoformat(),
                    "page": chance.choice(["home", "cart", None]),
                    "pieces": chance.choice([None, 1, 7]),
                    "price": chance.choice([None, 0.1, 0.7, 1e15]),
                    "revision": revision,
                    "gone": revision > 1 and chance.random() < 0.3,
                }
                chance.choice(increments).append(event)
    return increments


def final_facts(increments: list[list[Event]]) -> dict[str, list[dict[str, Any]]]:
    """By user the events that stand in the end, as the oracle takes them."""
    greatest: dict[str, Event] = {}
    for event in sorted((e for rows in increments for e in rows), key=lambda e: e["revision"]):
        greatest[event["id"]] = event
    facts = defaultdict(list)
    for event in greatest.values():
        if event["user"] is not None and not event["gone"]:
            time = to_micros(DAY.fromisoformat(event["time"]))
            facts[event["user"]].append({**event, "time": time, "key": f"{len(event['id'])}:{event['id']}"})
    return facts


@pytest.fixture(scope="module")
def increments() -> list[list[Event]]:
    return random_events()


@pytest.fixture(scope="module")
def runs(
    spark: SparkSession, tmp_path_factory: pytest.TempPathFactory, increments: list[list[Event]]
) -> dict[str, tuple[Workspace, list[ComputeFeaturesReport]]]:
    """A lake for each order, with the reports of its runs."""
    found = {}
    for name, order in ORDERS.items():
        folder = tmp_path_factory.mktemp("lake")
        lake = lake_at(spark, folder)
        reports = []
        for together in order:
            ingest(lake, folder, [event for number in together for event in increments[number]])
            reports.append(compute(lake, "activity"))
        found[name] = (lake, reports)
    return found


def test_every_order_ends_in_equal_rows(runs: dict[str, Any]) -> None:
    digests = {name: digest(lake, "activity") for name, (lake, _) in runs.items()}

    assert len(set(digests.values())) == 1, digests


def test_later_runs_were_incremental_and_withdrew_rows(runs: dict[str, Any]) -> None:
    modes = {name: [report.mode for report in reports] for name, (_, reports) in runs.items()}

    assert modes == {
        "as they came": ["full", "incremental", "incremental"],
        "backwards": ["full", "incremental"],
        "at once": ["full"],
    }
    assert all(report.rows_removed for report in runs["as they came"][1][1:])


def test_a_full_run_finds_nothing_to_mend(runs: dict[str, Any]) -> None:
    lake, _ = runs["as they came"]

    again = compute(lake, "activity", full=True)

    assert (again.mode, again.rows_written, again.rows_removed) == ("full", 0, 0)


def test_a_join_at_any_time_equals_the_naive_aggregate(
    runs: dict[str, Any], increments: list[list[Event]]
) -> None:
    lake, _ = runs["as they came"]
    facts = final_facts(increments)
    users = [f"u{group}{letter}" for group in range(GROUPS) for letter in "abx"]
    last = START + STEPS * STEP + micros(LONG)
    times = [time + off for time in range(START, last + STEP, STEP) for off in (-1, 0, 1)]
    asked = [(user, time) for user in users for time in [*times, last + 1000 * STEP]]
    labels = lake.spark.createDataFrame(asked, "user string, time bigint")
    view = JoinedView(
        rows=stored(lake, "activity"), keys=["user"], columns={n: n for n in ACTIVITY.feature_names}
    )

    rows = point_in_time_join(
        labels.withColumn("event_timestamp", F.timestamp_micros("time")), [view]
    ).collect()

    assert len(rows) == len(asked)
    assert any(not facts[user] for user in users)
    for row in rows:
        for aggregation in ACTIVITY.aggregations:
            expected = windowed(aggregation, facts[row["user"]], row["time"])
            assert row[aggregation.name] == expected, (aggregation.name, row, facts[row["user"]])

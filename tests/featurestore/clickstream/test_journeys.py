"""Made-up sessions: what may follow what, how often, and the same from the same seed."""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from featurestore.clickstream import definitions
from featurestore.clickstream.dataset import read_events
from featurestore.clickstream.journeys import END, EVENT_NAMES, START, WAYS, walk

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

SESSIONS = 20_000


@pytest.fixture(scope="module")
def visits() -> NDArray[np.int8]:
    return walked(seed=11)


def walked(*, seed: int) -> NDArray[np.int8]:
    return walk(np.random.Generator(np.random.PCG64(seed)), sessions=SESSIONS)


def names(visit: NDArray[Any]) -> list[str]:
    return [EVENT_NAMES[number] for number in visit if number >= 0]


def test_the_same_seed_gives_the_same_sessions(visits: NDArray[np.int8]) -> None:
    assert np.array_equal(walked(seed=11), visits)


def test_another_seed_gives_other_sessions(visits: NDArray[np.int8]) -> None:
    assert not np.array_equal(walked(seed=12), visits)


def test_each_session_has_an_event_and_none_behind_its_end(visits: NDArray[np.int8]) -> None:
    assert len(visits) == SESSIONS
    assert (visits[:, 0] >= 0).all()
    assert ((visits[:, 1:] < 0) | (visits[:, :-1] >= 0)).all()
    assert (visits[:, -1] >= 0).any()


def test_every_step_is_one_of_the_ways(visits: NDArray[np.int8]) -> None:
    steps = {step for visit in visits for step in pairwise([START, *names(visit)])}

    assert {(before, after) for before, after in steps if after not in WAYS[before]} == set()


@pytest.mark.parametrize("before", [START, "product_view", "payment_details"])
def test_what_follows_follows_as_often_as_its_weight_says(visits: NDArray[np.int8], before: str) -> None:
    # Short of the longest session, so that none was cut off.
    whole = [[START, *names(visit), END] for visit in visits[visits[:, -1] < 0]]
    followers = Counter(after for visit in whole for one, after in pairwise(visit) if one == before)
    weights = WAYS[before]

    for name, weight in weights.items():
        share = followers[name] / followers.total()
        assert share == pytest.approx(weight / sum(weights.values()), abs=0.015), name


def test_its_events_are_those_of_the_contract() -> None:
    assert set(EVENT_NAMES) == set(definitions.EVENT_NAMES)
    assert {name for ways in WAYS.values() for name in ways} == {*EVENT_NAMES, END}


def test_the_weights_are_those_of_the_data_set(dataset_path: Path) -> None:
    sessions = defaultdict(list)
    for event in read_events(dataset_path):
        sessions[event["session_id"]].append(
            (str(event["timestamp"]), event["event_id"], str(event["event"]))
        )
    followers: dict[str, Counter[str]] = defaultdict(Counter)
    for events in sessions.values():
        for before, after in pairwise([START, *(name for _, _, name in sorted(events)), END]):
            followers[before][after] += 1

    assert len(sessions) == 3_605
    for before, ways in WAYS.items():
        total = followers[before].total()
        percents = {name: round(100 * number / total) for name, number in followers[before].items()}
        assert ways == {name: percent for name, percent in percents.items() if percent >= 1}, before

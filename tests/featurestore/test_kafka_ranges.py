"""Which offsets come next, and ranges that a run was fixed to."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from featurestore.errors import InvalidRequest, KafkaGap
from featurestore.kafka_ranges import (
    POSITIONS,
    OffsetRange,
    PinnedRanges,
    committed_positions,
    ends_of,
    next_ranges,
    position_key,
)
from featurestore.kafka_topics import PartitionState, TopicState

if TYPE_CHECKING:
    from collections.abc import Mapping


def topic(*offsets: tuple[int, int], topic_id: str = "id", cluster: str = "cluster") -> TopicState:
    """A topic whose partitions hold these offsets, from and up to."""
    partitions = (
        PartitionState(partition=number, beginning_offset=begin, end_offset=end)
        for number, (begin, end) in enumerate(offsets)
    )
    return TopicState(cluster_id=cluster, topic="clicks", topic_id=topic_id, partitions=tuple(partitions))


def at(state: TopicState, *offsets: int) -> dict[str, int]:
    return {position_key(state, number): offset for number, offset in enumerate(offsets)}


def ranges(
    state: TopicState, positions: Mapping[str, int], *, max_events: int = 100
) -> list[tuple[int, int, int]]:
    found = next_ranges(state, positions, max_events=max_events, source="clicks")
    return [(one.partition, one.start, one.end) for one in found]


def test_a_first_read_begins_at_what_is_kept_and_gives_every_partition_a_position() -> None:
    state = topic((5, 9), (7, 7), (0, 1))

    first = next_ranges(state, {}, max_events=100, source="clicks")

    assert [(one.start, one.end) for one in first] == [(5, 9), (7, 7), (0, 1)]
    positions = ends_of(state, first)
    assert ranges(topic((5, 9), (7, 8), (0, 1)), positions) == [(1, 7, 8)]


def test_nothing_new_is_nothing_to_read() -> None:
    assert ranges(topic((0, 0), (3, 3)), {}) == []
    state = topic((0, 4), (0, 2))
    assert ranges(state, at(state, 4, 2)) == []


def test_a_batch_is_shared_by_the_partitions_and_bounded() -> None:
    state = topic((0, 100), (0, 3), (0, 100))

    assert ranges(state, at(state, 10, 0, 0), max_events=30) == [(0, 10, 20), (1, 0, 3), (2, 0, 10)]
    assert ranges(state, at(state, 0, 0, 0), max_events=1) == [(0, 0, 1), (1, 0, 1), (2, 0, 1)]


def test_a_partition_added_later_is_read_from_its_first_event() -> None:
    state = topic((0, 4), (0, 2))

    assert ranges(state, at(state, 4)) == [(1, 0, 2)]


def test_events_that_retention_removed_are_a_gap_with_its_size() -> None:
    state = topic((0, 9), (6, 9))

    with pytest.raises(KafkaGap, match="3 events are gone") as gap:
        ranges(state, at(state, 0, 3))

    assert (gap.value.topic, gap.value.partition) == ("clicks", 1)
    assert (gap.value.expected, gap.value.received) == (
        "events from offset 3 on",
        "6 as the first offset kept",
    )


def test_a_position_behind_the_end_is_a_gap() -> None:
    state = topic((0, 2))

    with pytest.raises(
        KafkaGap, match=r"clicks\[0\]: expected an end at offset 3 or later, found the end at 2"
    ):
        ranges(state, at(state, 3))


@pytest.mark.parametrize("other", [topic((0, 9), topic_id="new"), topic((0, 9), cluster="new")])
def test_a_topic_of_the_same_name_that_is_another_is_a_gap(other: TopicState) -> None:
    with pytest.raises(KafkaGap, match="created again"):
        ranges(other, at(topic((0, 9)), 3))


def test_positions_of_other_topics_are_nobodys_business() -> None:
    elsewhere = {"cluster/other/0/orders": 7}

    assert ranges(topic((2, 3)), elsewhere) == [(0, 2, 3)]


def test_positions_are_the_greatest_over_all_commits() -> None:
    commits = [{POSITIONS: json.dumps(one)} for one in ({"a": 3}, {"a": 5, "b": 1}, {"a": 4})]

    assert committed_positions([*commits, {}]) == {"a": 5, "b": 1}


ID = "LbsOYCb7TQqYtIjs2j6EUw"


def pinned(*ranges: tuple[int, int, int], topic_id: str = ID) -> PinnedRanges:
    made = tuple(OffsetRange(partition=number, start=start, end=end) for number, start, end in ranges)
    return PinnedRanges(topic="clicks", topic_id=topic_id, ranges=made)


@pytest.mark.parametrize("ranges", [((0, 0, 120), (12, 7, 9)), ()])
def test_pinned_ranges_are_a_text_and_come_back_from_it(ranges: tuple[tuple[int, int, int], ...]) -> None:
    one = pinned(*ranges)

    assert str(one) == f"clicks/{ID}@" + ",".join(f"{number}:{start}-{end}" for number, start, end in ranges)
    assert PinnedRanges.from_text(str(one)) == one


@pytest.mark.parametrize(
    "text",
    ["", "clicks@0:1-2", f"clicks/{ID}", f"clicks/{ID}@0:1", f"clicks/{ID}@0:1-2;", f"clicks/{ID}@0:5-2"],
)
def test_any_other_text_is_refused(text: str) -> None:
    with pytest.raises(InvalidRequest, match="topic/id@partition:from-to"):
        PinnedRanges.from_text(text)


def test_a_topic_that_holds_the_ranges_passes_the_check() -> None:
    pinned((0, 2, 5), (1, 0, 0)).check(topic((2, 9), (0, 0), topic_id=ID))


@pytest.mark.parametrize(
    ("found", "told"),
    [
        (topic((3, 9), topic_id=ID), "offsets 2 to 5, which were pinned, found 3 to 9"),
        (topic((0, 4), topic_id=ID), "found 0 to 4"),
        (topic(topic_id=ID), "found none"),
        (topic((0, 9), topic_id="other"), "created again"),
    ],
)
def test_what_was_pinned_and_is_gone_is_a_gap(found: TopicState, told: str) -> None:
    with pytest.raises(KafkaGap, match=told):
        pinned((0, 2, 5)).check(found)


@pytest.mark.parametrize(
    ("positions", "left"),
    [((), [(0, 2, 5)]), ((2,), [(0, 2, 5)]), ((4,), [(0, 4, 5)]), ((5,), []), ((9,), [])],
)
def test_a_table_takes_of_the_ranges_what_it_lacks(
    positions: tuple[int, ...], left: list[tuple[int, int, int]]
) -> None:
    state = topic((0, 9), topic_id=ID)

    lacking = pinned((0, 2, 5)).not_yet_in(at(state, *positions), state)

    assert [(one.partition, one.start, one.end) for one in lacking] == left


def test_a_range_that_would_pass_over_offsets_is_a_gap() -> None:
    state = topic((0, 9), topic_id=ID)

    with pytest.raises(KafkaGap, match="up to offset 2, where the pinned range begins, found one up to 1"):
        pinned((0, 2, 5)).not_yet_in(at(state, 1), state)

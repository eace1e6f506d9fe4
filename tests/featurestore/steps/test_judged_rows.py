"""How many rows there are of each verdict."""

from __future__ import annotations

import pytest

from featurestore.errors import ContractViolation
from featurestore.step_reports import RejectedCount
from featurestore.steps.judged_rows import Counts, fail_on_fatal
from tests.helpers.events import clicks

ONE = RejectedCount(reason="missing", field="id", rows=2, example="file#1: no id")


def counts(*, read: int, rejected: int = 0, fatal: tuple[RejectedCount, ...] = ()) -> Counts:
    return Counts(read=read, rejected=rejected, defaulted=0, rejections=(), fatal=fatal, unknown_fields={})


def test_the_rejected_part_is_a_fraction_of_what_was_read() -> None:
    assert counts(read=8, rejected=2).rejected_fraction == 0.25
    assert counts(read=0).rejected_fraction == 0


def test_a_rule_that_must_hold_stops_the_step_and_any_other_does_not() -> None:
    fail_on_fatal(clicks(), counts(read=3, rejected=3))

    with pytest.raises(ContractViolation, match=r"2 event\(s\).*missing.*'id'"):
        fail_on_fatal(clicks(), counts(read=3, rejected=2, fatal=(ONE,)))

"""Names that Kubernetes takes, and that people recognise."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.names import LONGEST_NAME, application_name, label_value, new_run

DNS_1035 = re.compile("[a-z]([-a-z0-9]*[a-z0-9])?")
LABEL = re.compile("([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?")


@pytest.mark.parametrize(
    ("parts", "name"),
    [
        (("compute_features", "user_activity"), "compute-features-user-activity"),
        (("read_table", "events/clicks"), "read-table-events-clicks"),
        (("plan", ""), "plan"),
    ],
)
def test_a_name_that_fits_can_be_read(parts: tuple[str, ...], name: str) -> None:
    assert application_name(*parts) == name


@pytest.mark.parametrize(
    ("one", "other"),
    [("Clicks", "clicks"), ("clicks é", "clicks è"), ("a" * 60, "a" * 61), ("clicks.", "clicks")],
)
def test_what_a_name_cannot_hold_still_tells_two_apart(one: str, other: str) -> None:
    assert application_name("train", one) != application_name("train", other)


@given(st.text())
def test_every_name_is_one_that_kubernetes_takes(subject: str) -> None:
    name = application_name("build_training_set", subject)

    assert DNS_1035.fullmatch(name)
    assert len(name) <= LONGEST_NAME


@given(st.text())
def test_every_label_is_one_that_kubernetes_takes(text: str) -> None:
    assert LABEL.fullmatch(label_value(text))


def test_a_new_run_has_a_name_of_its_own_that_is_a_label() -> None:
    names = {new_run() for _ in range(20)}

    assert len(names) > 15
    assert all(LABEL.fullmatch(name) and label_value(name) == name for name in names)

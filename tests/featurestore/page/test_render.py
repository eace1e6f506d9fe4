"""The page as HTML: complete by itself, escaped, and telling what its content tells."""

from __future__ import annotations

import msgspec
import pytest

from featurestore.page.render import render
from featurestore.step_reports import Curves
from tests.helpers.pages import EVALUATION, PAGE, Read

replace = msgspec.structs.replace


@pytest.fixture(scope="module")
def text() -> str:
    return render(PAGE)


@pytest.fixture(scope="module")
def read(text: str) -> Read:
    return Read(text)


def test_nothing_is_loaded_from_anywhere(read: Read) -> None:
    policies = [attributes for _, attributes in read.tags if "http-equiv" in attributes]
    assert [one["content"] for one in policies] == ["default-src 'none'; style-src 'unsafe-inline'"]
    assert not {"script", "link", "img", "iframe", "object"} & {tag for tag, _ in read.tags}
    targets = [
        value or ""
        for _, attributes in read.tags
        for name, value in attributes.items()
        if name in {"href", "xlink:href", "src"}
    ]
    assert targets
    assert all(target.startswith("#") for target in targets)


def test_every_value_is_escaped(text: str, read: Read) -> None:
    assert "<b>page</b>" not in text
    assert "cart & <till>" in read.words
    assert "expected <JSON>, got something else" in read.words


def test_every_name_inside_is_used_once_and_every_reference_is_there(read: Read) -> None:
    names = [attributes["id"] for _, attributes in read.tags if "id" in attributes]
    assert len(names) == len(set(names))
    used = [attributes.get("xlink:href") or attributes.get("href") for _, attributes in read.tags]
    assert {name.removeprefix("#") for name in used if name} <= set(names)


@pytest.mark.parametrize(
    "words",
    [
        "✗ It does not pass its gate.",
        "1 of 2 conditions hold on 640 test rows, of which 40 are positive.",
        "precision is not defined on these rows",
        "20240601120000000",
        "read 14,380, accepted 14,362",
        "nothing yet",
        "malformed",
        "was for each of 2 entities, every 7d",
        "949 rows of the last 30d against the 2,975 rows",
        "champion, version 1",
        "no score reaches the threshold",
        "By page",
    ],
)
def test_it_says(read: Read, words: str) -> None:
    assert words in read.words


def test_the_incident_is_named_with_its_days_and_what_is_usual(read: Read) -> None:
    assert "error <b>page</b> : 47 by 10 August 2024, 42 by 17 August 2024; otherwise 0 to 4" in read.words


def test_each_section_has_a_drawing_that_can_be_read_out(read: Read) -> None:
    said = [attributes["aria-label"] or "" for tag, attributes in read.tags if tag == "svg"]
    assert len(said) == 8
    assert "Rejected rows. malformed: 7; set in page: 2" in said
    assert any(one.startswith("Importance of features: clicks_7d 75.0%") for one in said)


def test_equal_content_gives_equal_text(text: str) -> None:
    assert render(PAGE) == text


def test_where_there_is_nothing_to_show_the_page_says_so() -> None:
    few = replace(
        EVALUATION,
        metrics={**EVALUATION.metrics, "positives": 2},
        curves=Curves(roc=(), precision_recall=()),
        importance={},
        segments={},
        champion=None,
        champion_version=None,
        gate=(),
        passed=True,
    )
    drift = replace(PAGE.drift, current_rows=0, features=())
    empty = render(replace(PAGE, rejected=(), series=(), drift=drift, evaluation=few))

    words = Read(empty).words
    assert "No gate." in words
    assert "No row is in quarantine." in words
    assert "There are no current rows to compare." in words
    assert "The service's views have no numeric windows to draw." in words
    assert "With so few positive rows every figure below is uncertain." in words
    assert "ROC curve" not in empty

"""What differs between two projects, what it touches and what it breaks."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from featurestore.definitions import DataType, DerivedColumn, Field, Project, Schema
from featurestore.registry.changes import Change, changes_between
from tests.helpers.shop import AGGREGATIONS, BUYERS, PROJECT, SMALL, VISITS

REPLACE: Any = msgspec.structs.replace
PLACE = DerivedColumn(name="place", expression="upper(page)", data_type=DataType.STRING)
BASE = Project(name="shop", sources=(VISITS,), views=(SMALL,), services=(BUYERS,))


def with_view(**changes: Any) -> Project:
    view = REPLACE(SMALL, **changes)
    return Project(name="shop", sources=(VISITS,), views=(view,), services=(REPLACE(BUYERS, views=(view,)),))


def with_source(**changes: Any) -> Project:
    return Project(name="shop", sources=(REPLACE(VISITS, **changes),), views=(SMALL,), services=(BUYERS,))


def only(after: Project, kind: str) -> Change:
    (change,) = (one for one in changes_between(BASE, after) if one.kind == kind)
    return change


def test_equal_projects_have_no_changes() -> None:
    assert changes_between(BASE, BASE) == ()


def test_everything_is_new_at_first_in_the_order_of_the_flow() -> None:
    changes = changes_between(None, PROJECT)

    assert [(one.kind, one.name, one.action) for one in changes] == [
        ("source", "visits", "new"),
        ("view", "activity", "new"),
        ("view", "pages", "new"),
        ("view", "small", "new"),
        ("service", "buyers", "new"),
        ("service", "two_views", "new"),
    ]
    assert {one.recompute for one in changes if one.kind == "view"} == {"all"}
    assert not any(one.breaking for one in changes)


def test_a_view_touches_its_table_and_the_services_that_read_it() -> None:
    change = only(with_view(aggregations=(*SMALL.aggregations, AGGREGATIONS[1])), "view")

    assert (change.detail, change.breaking, change.recompute) == ("adds visits_30m", "", "columns")
    assert (change.tables, change.services) == (("features/small/v1",), ("buyers",))


def test_a_lacking_feature_breaks_and_says_which_version_mends_it() -> None:
    fewer = SMALL.aggregations[1:]

    change = only(with_view(aggregations=fewer), "view")
    mended = only(with_view(aggregations=fewer, version=2), "view")

    assert (change.detail, change.breaking) == ("changes or lacks visits_10m", "give the view version 2")
    assert (mended.breaking, mended.recompute, mended.tables) == ("", "all", ("features/small/v2",))


def test_versions_only_grow() -> None:
    changes = changes_between(with_view(version=3), with_view(version=2))

    assert [one.breaking for one in changes if one.kind == "view"] == [
        "version 2 is older than 3; versions only grow"
    ]


def test_a_service_whose_view_changed_is_changed() -> None:
    change = only(with_view(aggregations=(*SMALL.aggregations, AGGREGATIONS[1])), "service")

    assert (change.action, change.services) == ("changed", ("buyers",))
    assert "other views" in change.detail


@pytest.mark.parametrize(
    ("changes", "broken"),
    [
        ({"transform": (PLACE,)}, False),
        ({"path": "/elsewhere"}, False),
        ({"event_id": ("id", "user")}, True),
        (
            {"schema": Schema(fields=(*VISITS.schema.fields, Field(name="new", data_type=DataType.STRING)))},
            True,
        ),
        (
            {
                "schema": Schema(
                    fields=(
                        *VISITS.schema.fields,
                        Field(name="new", data_type=DataType.STRING, required=False),
                    )
                )
            },
            False,
        ),
    ],
    ids=["transform", "path", "identity", "required field", "optional field"],
)
def test_a_source_breaks_where_old_events_could_not_be_read(changes: dict[str, Any], broken: bool) -> None:
    change = only(with_source(**changes), "source")

    assert bool(change.breaking) is broken
    assert (change.tables, change.services) == (("events/visits", "quarantine/visits"), ("buyers",))


def test_what_is_gone_keeps_its_tables() -> None:
    changes = changes_between(PROJECT, BASE)

    assert [(one.kind, one.name, one.action, one.breaking) for one in changes] == [
        ("view", "activity", "removed", ""),
        ("view", "pages", "removed", ""),
        ("service", "two_views", "removed", ""),
    ]


def test_an_unused_derived_column_leaves_views_alone() -> None:
    assert [one.kind for one in changes_between(BASE, with_source(transform=(PLACE,)))] == ["source"]

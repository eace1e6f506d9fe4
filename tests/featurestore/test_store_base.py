"""What the verbs share: a check before Spark, and then a workspace."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from featurestore import FeatureStore
from featurestore.errors import InvalidRequest, TableNotFound
from featurestore.step_requests import ReadRequest
from tests.helpers import shop

if TYPE_CHECKING:
    from pathlib import Path

    from featurestore.steps.workspace import Workspace


def test_a_request_is_refused_before_there_is_a_workspace(tmp_path: Path) -> None:
    store = FeatureStore("local", project=shop.PROJECT, overrides={"storage.root_uri": str(tmp_path)})

    with pytest.raises(TableNotFound):
        store._workspace(ReadRequest(table="events/visits"))


def test_a_call_that_is_no_request_is_refused_by_a_check_of_its_own(tmp_path: Path) -> None:
    store = FeatureStore("local", project=shop.PROJECT, overrides={"storage.root_uri": str(tmp_path)})
    seen = []

    def refuse(place: Workspace) -> None:
        seen.append(place.project)
        raise InvalidRequest("Rows", expected="others", received="these")

    with pytest.raises(InvalidRequest):
        store._workspace_after(refuse)
    assert seen == [shop.PROJECT]

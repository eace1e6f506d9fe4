"""Fixtures that any test may ask for."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    import pytest

pytest_plugins = [
    "tests.fixtures.clickstream",
    "tests.fixtures.kafka",
    "tests.fixtures.kubeflow",
    "tests.fixtures.lakes",
    "tests.fixtures.scripted_api",
    "tests.fixtures.shop",
    "tests.fixtures.spark",
]

# A busy machine is no failure.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--demo-kills", type=int, default=1, help="how often the demo is killed and run again")
    parser.addoption("--spark-image", type=Path, help="archive of the image to test; else one is built")
    parser.addoption("--demo-seed", type=int, default=0, help="seed of the moments; 0 draws one")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that take minutes come first."""
    items.sort(key=lambda item: item.get_closest_marker("long") is None)

"""What every session has set, wherever it runs."""

from __future__ import annotations

import pytest

from featurestore.config import load_profile
from featurestore.config.layers import known_profiles
from featurestore.config.spark import session_settings
from featurestore.config.storage import spark_settings


@pytest.mark.parametrize("name", known_profiles())
def test_every_place_works_in_utc_with_hudi_and_reaches_its_lake(name: str) -> None:
    profile = load_profile(name, variables={})

    settings = session_settings(profile)

    assert settings["spark.sql.session.timeZone"] == "UTC"
    assert "Hoodie" in settings["spark.kryo.registrator"]
    assert settings["spark.sql.shuffle.partitions"] == str(profile.spark.shuffle_partitions)
    assert settings.items() >= spark_settings(profile).items()


def test_places_differ_in_size_and_lake_alone() -> None:
    shared = {name: dict(session_settings(load_profile(name, variables={}))) for name in known_profiles()}
    for name, settings in shared.items():
        for key in spark_settings(load_profile(name, variables={})):
            del settings[key]
        for key in ("spark.sql.shuffle.partitions", "spark.default.parallelism"):
            del settings[key]

    assert all(settings == shared["local"] for settings in shared.values())

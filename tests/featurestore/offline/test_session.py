"""The one session of a process: UTC, loopback, and its log in a file."""

from __future__ import annotations

from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from featurestore.config import load_profile
from featurestore.errors import InvalidSetting
from featurestore.offline.session import build_session, spark_log

pytestmark = pytest.mark.spark


def test_the_session_works_in_utc_and_opens_nothing(spark: SparkSession) -> None:
    assert spark.conf.get("spark.sql.session.timeZone") == "UTC"
    settings = dict(spark.sparkContext.getConf().getAll())
    assert (settings["spark.ui.enabled"], settings["spark.driver.bindAddress"]) == ("false", "127.0.0.1")
    assert spark.sparkContext.uiWebUrl is None


def test_a_process_has_one_session(spark: SparkSession) -> None:
    profile = load_profile("local", variables={})

    assert build_session(profile) is spark


def test_the_log_is_a_file_of_this_process_in_the_state_directory(tmp_path: Path) -> None:
    profile = load_profile("local", overrides={"state_directory": str(tmp_path)}, variables={})

    log = spark_log(profile)

    assert log.parent == Path(profile.state_directory) / "logs"
    assert log.suffix == ".log"


def test_an_identity_of_pods_is_refused_before_anything_starts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(SparkSession, "getActiveSession", lambda: None)

    with pytest.raises(InvalidSetting, match="a session on this machine") as raised:
        build_session(load_profile("gcp", variables={}))
    assert raised.value.key == "identity.kind"

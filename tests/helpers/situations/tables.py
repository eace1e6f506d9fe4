"""Situations of tables that real writes made."""

from __future__ import annotations

import json
import shutil
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from featurestore.instants import Instant
from featurestore.offline import added_features
from featurestore.offline.hudi_table import reader_columns
from featurestore.steps import compute_features
from tests.helpers.cleaning import clean_all_but_the_newest
from tests.helpers.shop import a_days_visits, events, lake_at
from tests.helpers.situations.scene import did

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from tests.helpers.situations.scene import Scene

PROJECTS = "tests.helpers.situations.projects"
READ = ("read", "events/visits")
STEP = timedelta(milliseconds=1)
COLUMNS = "id user time page pieces session"
VISIT = events("new u1 12:30 home 1 s9", columns=COLUMNS)[0]


def make_grown_shop(folder: Path) -> None:
    """Two commits of visits, view `pages` behind view `small`, and training set `visits`, divided by entity."""
    visits = a_days_visits(users=20)
    for number, part in enumerate((visits[:40], visits[40:])):
        path = folder / f"{number}.jsonl"
        path.write_text("".join(json.dumps(visit) + "\n" for visit in part), encoding="utf-8")
        did(folder, "ingest", "batch", "visits", "--path", str(path))
        did(folder, "features", "compute", "small" if number else "pages")
    did(folder, "training-set", "build", "buyers", "--name", "visits")
    did(folder, "split", "visits", "--test-fraction", "0.3")


def an_event_that_must_not_be(scene: Scene) -> list[str]:
    path = scene.visits({**VISIT, "page": "attic"})
    return scene.command("ingest", "batch", "visits", "--path", path, project=f"{PROJECTS}:STRICT")


def more_bad_events_than_allowed(scene: Scene) -> list[str]:
    path = scene.visits({**VISIT, "time": "never"})
    return scene.command("ingest", "validate", "visits", "--path", path, "--max-rejected-fraction", "0.5")


def a_field_of_another_type(scene: Scene) -> list[str]:
    scene.with_grown_shop()
    path = scene.visits({**VISIT, "page": 7})
    return scene.command("ingest", "batch", "visits", "--path", path, project=f"{PROJECTS}:RETYPED")


def the_year_3000(scene: Scene) -> list[str]:
    scene.with_grown_shop()
    return scene.command(*READ, "--as-of", "3000-01-01T00:00:00Z")


def a_time_before_the_first_commit(scene: Scene) -> list[str]:
    scene.with_grown_shop()
    return scene.command(*READ, "--as-of", "2024-01-01T00:00:00Z")


def a_commit_that_was_cleaned_away(scene: Scene) -> list[str]:
    scene.with_grown_shop()
    clean_all_but_the_newest(lake_at(scene.fixture("spark"), scene.folder).lake.events("visits"))
    return scene.command(*READ, "--as-of", _commits(scene)[0][1].isoformat())


def a_writer_that_ended_after_a_later_one(scene: Scene) -> list[str]:
    """The first commit's completion is dated behind that of the second, as two writers at once leave it."""
    scene.with_grown_shop()
    (first, _, file), (_, completed, _) = _commits(scene)
    file.rename(file.with_name(f"{first}_{Instant.from_time(completed + 2 * STEP)}.commit"))
    return scene.command(*READ, "--as-of", (completed + STEP).isoformat())


def events_filled_again_after_their_features(scene: Scene) -> list[str]:
    scene.with_grown_shop()
    shutil.rmtree(scene.lake / "events/visits")
    scene.did("ingest", "batch", "visits", "--path", scene.visits(VISIT))
    return scene.command("training-set", "build", "buyers", "--name", "march")


def views_of_different_events(scene: Scene) -> list[str]:
    scene.with_grown_shop()
    return scene.command("training-set", "build", "two_views", "--name", "march")


def a_table_without_its_properties(scene: Scene) -> list[str]:
    scene.with_grown_shop()
    (scene.lake / "events/visits/.hoodie/hoodie.properties").unlink()
    return scene.command("ingest", "batch", "visits", "--path", scene.visits(VISIT))


def a_file_of_noise(scene: Scene) -> list[str]:
    scene.with_grown_shop()
    for file in (scene.lake / "events/visits").glob("*/*.parquet"):
        file.write_bytes(b"noise" * (file.stat().st_size // 5))
    return scene.command(*READ)


def a_plan_that_another_writer_overtook(scene: Scene) -> list[str]:
    planned = scene.did("plan")["plan"]
    scene.did("apply", project=f"{PROJECTS}:OTHER_FEATURES")
    return scene.command("apply", "--plan", planned)


def a_commit_during_a_backfill(scene: Scene) -> list[str]:
    """The first view gets a feature; while its rows are computed, another run commits to the table."""
    scene.with_grown_shop()
    written = added_features.checked_rows

    def overtaken(*rows: Any) -> Any:
        table = lake_at(scene.fixture("spark"), scene.folder).lake.table("features/small/v1")
        stored = table.read_at(table.timeline().latest_visible())
        table.upsert(stored.select(*reader_columns(stored.columns)).limit(1))
        return written(*rows)

    scene.monkeypatch.setattr(compute_features, "checked_rows", overtaken)
    return scene.command("features", "compute", "small", project=f"{PROJECTS}:MORE_FEATURES")


def a_job_in_an_empty_lake(scene: Scene) -> list[str]:
    submit = ("manifests", "submit", "history", "--table", "events/visits", "--runner", "local")
    return scene.command(*submit, kubernetes__namespace="growth")


def _commits(scene: Scene) -> list[tuple[str, datetime, Path]]:
    """Instant, time of completion and file of each commit of the visits, oldest first."""
    folder = scene.lake / "events/visits/.hoodie/timeline"
    found = []
    for file in sorted(folder.glob("*_*.commit")):
        requested, completed = file.stem.split("_")
        found.append((requested, Instant(completed).time, file))
    return found

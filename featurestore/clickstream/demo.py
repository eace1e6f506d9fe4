"""The clickstream story from events to predictions, on this machine; a run that was interrupted resumes."""

from __future__ import annotations

import math
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

from featurestore.clickstream.dataset import EVENTS, fetch_dataset
from featurestore.clickstream.definitions import PROJECT
from featurestore.clickstream.demo_models import MODEL, ask_for_a_week, show
from featurestore.clickstream.demo_story import Story
from featurestore.clickstream.demo_topic import begin_topic, fill_topic
from featurestore.clickstream.inputs import BROKEN_FILE_EVENTS, BROKEN_STREAM_EVENTS, WAVES, prepare
from featurestore.config.load import load_profile
from featurestore.dev import kafka
from featurestore.instants import parse_time
from featurestore.jars import cache_folder, fetch_jars
from featurestore.java import find_java
from featurestore.progress import tell
from featurestore.step_reports import Report
from featurestore.step_requests import (
    ComputeFeaturesRequest,
    IngestBatchRequest,
    IngestStreamRequest,
    ReadRequest,
)
from featurestore.steps.compute_features import compute_features
from featurestore.steps.ingest import table_state
from featurestore.steps.ingest_batch import ingest_batch
from featurestore.steps.ingest_stream import ingest_stream
from featurestore.steps.read_table import find_table, read_table, rows_at
from featurestore.steps.workspace import open_workspace

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from featurestore.config import Profile
    from featurestore.step_reports import ReadReport
    from featurestore.steps.workspace import Workspace

USER_TABLE = "features/user_activity"


class DemoReport(Report, frozen=True, kw_only=True):
    """What the story ended with; `between` is a time between the two ingests from Kafka, `page` an HTML file."""

    between: datetime
    resumed: bool
    seconds: float
    digests: dict[str, str]
    rows: dict[str, int]
    rows_between: int
    metrics: dict[str, Any]
    gate: list[dict[str, Any]]
    passed: bool
    page: str


def run_demo(profile: Profile, *, say: Callable[[str], None]) -> DemoReport:
    """Runs the story to its end; `say` takes each line of it.

    Uses the profile's lake and the development broker, whatever Kafka the profile names. Run again it says
    what exists and does the rest. Raises what its steps raise.
    """
    began = time.monotonic()
    dataset = fetch_dataset(cache_folder().parent / "datasets", progress=tell)
    folder = Path(profile.state_directory) / "demo"
    prepare(dataset, folder)
    page = str(folder / "report.html")
    with ThreadPoolExecutor(1) as starter:
        # Only May needs the broker: it starts while the files are ingested.
        tell("starting a Kafka broker")
        started = starter.submit(_start_broker, profile, fetch_jars("broker", progress=tell))
        story = Story(workspace=_open(profile), say=say)
        say(f"Lake: {profile.storage.root_uri}")
        story.begin()
        _ingest_files(story, folder)
        bootstrap = started.result()
    say(f"\nKafka: {bootstrap}")
    story.workspace = _with_kafka(story.workspace, bootstrap)
    # As long as nothing of the topic is in the table, one that an earlier lake left must not be taken for it.
    begin_topic(bootstrap, anew=not table_state(story.workspace.lake.events("clickstream")).positions)
    between = _ingest_streams_and_compute(story, dataset, bootstrap)
    judged = ask_for_a_week(story)
    with ThreadPoolExecutor(1) as reader:
        reads = reader.submit(_read_all, story.workspace)  # reads what the page reads, and changes nothing
        show(story, judged, page=page)
    report = _sum_up(story, reads.result(), between=between, judged=judged, page=page, began=began)
    _say_summary(report, say)
    return report


def _start_broker(profile: Profile, jars: Sequence[Path]) -> str:
    directory = Path(profile.state_directory) / "kafka"
    return str(kafka.up(directory, jars=jars, java=find_java().executable, progress=tell).bootstrap)


def _open(profile: Profile) -> Workspace:
    """A workspace of the profile's places and sizes with the demo's project."""
    return open_workspace(_settings(profile), PROJECT)


def _with_kafka(workspace: Workspace, bootstrap: str) -> Workspace:
    return replace(workspace, profile=_settings(workspace.profile, **{"kafka.bootstrap": bootstrap}))


def _settings(profile: Profile, **more: str) -> Profile:
    values = profile.to_json()
    settings = {f"storage.{key}": value for key, value in values["storage"].items()}
    settings |= {f"spark.{key}": value for key, value in values["spark"].items()}
    settings |= {"state_directory": profile.state_directory, **more}
    return load_profile("local", overrides=settings, variables={})


def _ingest_files(story: Story, folder: Path) -> None:
    batch = IngestBatchRequest(source="clickstream", path=str(folder / "files"))
    story.step(
        f"Ingest files: January to April, {BROKEN_FILE_EVENTS} broken events among them",
        lambda: ingest_batch(story.workspace, batch).to_json(),
    )


def _ingest_streams_and_compute(story: Story, dataset: Path, bootstrap: str) -> datetime:
    workspace = story.workspace
    stream = IngestStreamRequest(source="clickstream", once=True)
    fill_topic(bootstrap, dataset, upto_wave=1)
    story.step(
        f"Ingest from Kafka: May, {BROKEN_STREAM_EVENTS} broken events among them",
        lambda: ingest_stream(workspace, stream).to_json(),
    )
    _features(story, "events up to May")
    between = story.step("Note the time between the two ingests from Kafka", lambda: _between(workspace))
    fill_topic(bootstrap, dataset, upto_wave=max(WAVES))
    story.step(
        f"Ingest from Kafka: June, {BROKEN_STREAM_EVENTS} broken events among them",
        lambda: ingest_stream(workspace, stream).to_json(),
    )
    _features(story, "events up to June")
    story.step(
        f"Read {USER_TABLE} as of the time between: the earlier rows, unchanged",
        lambda: _travel(workspace, between),
    )
    return parse_time(between["time"], subject="between")


def _features(story: Story, what: str) -> None:
    requests = {view.name: ComputeFeaturesRequest(view=view.name) for view in PROJECT.views}
    story.together(
        {
            f"Compute {name} from {what}": lambda r=request: compute_features(story.workspace, r).to_json()  # type: ignore[misc]
            for name, request in requests.items()
        }
    )


def _between(workspace: Workspace) -> dict[str, Any]:
    read = read_table(workspace, ReadRequest(table=USER_TABLE, limit=1))
    # A whole second reads well: the next one, which lies after the last commit and, once it is over, before the next.
    second = math.floor(time.time()) + 1
    time.sleep(second + 0.05 - time.time())
    noted = datetime.fromtimestamp(second, timezone.utc).isoformat().replace("+00:00", "Z")
    return {"time": noted, "rows_total": read.rows_total, "digest": read.digest, "instant": read.instant}


def _travel(workspace: Workspace, between: dict[str, Any]) -> dict[str, Any]:
    at = parse_time(between["time"], subject="between")
    then = read_table(workspace, ReadRequest(table=USER_TABLE, as_of=at, limit=1))
    _, now = rows_at(workspace, find_table(workspace, USER_TABLE), as_of=None)
    same = then.digest == between["digest"]
    return {"rows_then": then.rows_total, "rows_now": now.count(), "same_as_before": same}


def _read_all(workspace: Workspace) -> dict[str, ReadReport]:
    """Rows and digest of every table of the story."""
    views = (view.table for view in PROJECT.views)
    names = ("events/clickstream", *views, "quarantine/clickstream", f"predictions/{MODEL}")
    return {name: read_table(workspace, ReadRequest(table=name, limit=1)) for name in names}


def _sum_up(
    story: Story,
    reads: dict[str, ReadReport],
    *,
    between: datetime,
    judged: dict[str, Any],
    page: str,
    began: float,
) -> DemoReport:
    sets = [report for report in story.done.values() if report.get("step") == "build_training_set"]
    noted = next(report for report in story.done.values() if "time" in report)
    # A rejected row is known by its place: the file's path, the topic's id. Those differ from lake to lake.
    digests = {name: read.digest for name, read in reads.items() if not name.startswith("quarantine/")}
    digests |= {f"training_sets/{one['training_set']}": one["digest"] for one in sets}
    rows = {name: read.rows_total for name, read in reads.items()}
    rows |= {f"training_sets/{one['training_set']}": one["rows"] for one in sets}
    return DemoReport(
        step="demo",
        between=between,
        resumed=story.reused > 0,
        seconds=round(time.monotonic() - began, 1),
        digests=digests,
        rows=rows,
        rows_between=noted["rows_total"],
        metrics={"champion": judged["champion"], "challenger": judged["metrics"]},
        gate=judged["gate"],
        passed=judged["passed"],
        page=page,
    )


def _say_summary(report: DemoReport, say: Callable[[str], None]) -> None:
    say(f"\nDone in {report.seconds:.0f} s. Rows and digests:")
    for name, rows in report.rows.items():
        say(f"    {name:36s} {rows:>9,}  {report.digests.get(name, '')[:16]}".rstrip())
    events = report.rows["events/clickstream"]
    say(f"Every one of the {EVENTS:,} events of the data set is in the table: {events == EVENTS}.")
    held = sum(one["passed"] for one in report.gate)
    verdict = "passes its gate" if report.passed else "does not pass its gate"
    say(f"The second {MODEL} {verdict}: {held} of {len(report.gate)} conditions hold.")
    say(f"\nThe whole story as a page, to open in a browser:\n    {Path(report.page).absolute()}")
    say("\nTry next:")
    at = report.between.isoformat().replace("+00:00", "Z")
    say(f"    .venv/bin/featurestore read {USER_TABLE} --as-of {at} --json    ({report.rows_between:,} rows)")
    say("    .venv/bin/featurestore history events/clickstream")
    say("    .venv/bin/featurestore read quarantine/clickstream")
    say("    .venv/bin/featurestore dev kafka down        (the broker runs on until then)")

"""The clickstream story from events to predictions, on this machine; a run that was interrupted resumes."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

from featurestore.clickstream.dataset import EVENTS, fetch_dataset
from featurestore.clickstream.definitions import PROJECT, PURCHASE_PROPENSITY
from featurestore.clickstream.demo_topic import begin_topic, fill_topic
from featurestore.clickstream.inputs import BROKEN_FILE_EVENTS, BROKEN_STREAM_EVENTS, WAVES, prepare
from featurestore.config.load import load_profile
from featurestore.dev import kafka
from featurestore.files import exists, join_uri, read_text, write_text
from featurestore.instants import parse_time
from featurestore.jars import cache_folder, fetch_jars
from featurestore.java import find_java
from featurestore.progress import tell
from featurestore.step_reports import Report
from featurestore.step_requests import (
    BuildTrainingSetRequest,
    ComputeFeaturesRequest,
    EvaluateRequest,
    IngestBatchRequest,
    IngestStreamRequest,
    ReadRequest,
    ScoreRequest,
    SplitRequest,
    TrainRequest,
)
from featurestore.steps.build_training_set import build_training_set
from featurestore.steps.compute_features import compute_features
from featurestore.steps.evaluate import evaluate
from featurestore.steps.ingest_batch import ingest_batch
from featurestore.steps.ingest_stream import ingest_stream
from featurestore.steps.read_table import find_table, read_table, rows_at
from featurestore.steps.score import score
from featurestore.steps.split import split
from featurestore.steps.train import train
from featurestore.steps.workspace import open_workspace

if TYPE_CHECKING:
    from collections.abc import Callable

    from featurestore.config import Profile
    from featurestore.steps.workspace import Workspace

USER_TABLE = "features/user_activity"
TRAINING_SET = "purchase_propensity"
MODELS = {
    "propensity-lr": "logistic_regression",
    "propensity-gbt": "gradient_boosted_trees",
}


class DemoReport(Report, frozen=True, kw_only=True):
    """What the story ended with; `between` is a time between the two ingests from Kafka."""

    between: datetime
    resumed: bool
    seconds: float
    digests: dict[str, str]
    rows: dict[str, int]
    rows_between: int
    metrics: dict[str, Any]


@dataclass(kw_only=True)
class Story:
    """One run of the demo: says each step, does it once over all runs, and remembers its report."""

    workspace: Workspace
    say: Callable[[str], None]
    done: dict[str, Any] = field(default_factory=dict)
    reused: int = 0
    number: int = 0

    @property
    def _uri(self) -> str:
        return join_uri(self.workspace.root_uri, "_runs", "demo.json")

    def begin(self) -> None:
        """Takes up what earlier runs finished."""
        if exists(self._uri):
            self.done = json.loads(read_text(self._uri))

    def step(self, title: str, action: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """The report of this step: of an earlier run that finished it, else of doing it now."""
        self.number += 1
        self.say(f"\n{self.number:2d}. {title}")
        if title in self.done:
            self.reused += 1
            self.say("    done by an earlier run:")
        else:
            self.done[title] = action()
            write_text(self._uri, json.dumps(self.done, indent=1))
        report: dict[str, Any] = self.done[title]
        self.say(f"    {_line(report)}")
        return report


def run_demo(profile: Profile, *, say: Callable[[str], None]) -> DemoReport:
    """Runs the story to its end; `say` takes each line of it.

    Uses the profile's lake and the development broker, whatever Kafka the profile names. Run again it says
    what exists and does the rest. Raises what its steps raise.
    """
    began = time.monotonic()
    dataset = fetch_dataset(cache_folder().parent / "datasets", progress=tell)
    folder = Path(profile.state_directory) / "demo"
    prepare(dataset, folder)
    jars = fetch_jars("broker", progress=tell)
    broker = kafka.up(
        Path(profile.state_directory) / "kafka", jars=jars, java=find_java().executable, progress=tell
    )
    story = Story(workspace=_open(profile, str(broker.bootstrap)), say=say)
    story.begin()
    events = story.workspace.lake.events("clickstream")
    begin_topic(str(broker.bootstrap), anew=not events.exists())
    say(f"Lake: {profile.storage.root_uri}\nKafka: {broker.bootstrap}")
    between = _ingest_and_compute(story, dataset, str(broker.bootstrap), folder)
    metrics = _train_and_score(story)
    report = _sum_up(story, between=between, metrics=metrics, seconds=time.monotonic() - began)
    _say_summary(report, say)
    return report


def _open(profile: Profile, bootstrap: str) -> Workspace:
    values = profile.to_json()
    settings = {f"storage.{key}": value for key, value in values["storage"].items()}
    settings |= {f"spark.{key}": value for key, value in values["spark"].items()}
    settings |= {"state_directory": profile.state_directory, "kafka.bootstrap": bootstrap}
    return open_workspace(load_profile("local", overrides=settings, variables={}), PROJECT)


def _ingest_and_compute(story: Story, dataset: Path, bootstrap: str, folder: Path) -> datetime:
    workspace = story.workspace
    stream = IngestStreamRequest(source="clickstream", once=True)
    batch = IngestBatchRequest(source="clickstream", path=str(folder / "files"))
    story.step(
        f"Ingest files: January to April, {BROKEN_FILE_EVENTS} broken events among them",
        lambda: ingest_batch(workspace, batch).to_json(),
    )
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
    for view in PROJECT.views:
        request = ComputeFeaturesRequest(view=view.name)
        story.step(
            f"Compute {view.name} from {what}",
            lambda r=request: compute_features(story.workspace, r).to_json(),  # type: ignore[misc]
        )


def _between(workspace: Workspace) -> dict[str, Any]:
    read = read_table(workspace, ReadRequest(table=USER_TABLE, limit=1))
    # A whole second reads well; the pauses keep it after the last commit and before the next.
    time.sleep(1)
    now = datetime.now(timezone.utc).replace(microsecond=0)
    time.sleep(1)
    noted = now.isoformat().replace("+00:00", "Z")
    return {"time": noted, "rows_total": read.rows_total, "digest": read.digest, "instant": read.instant}


def _travel(workspace: Workspace, between: dict[str, Any]) -> dict[str, Any]:
    at = parse_time(between["time"], subject="between")
    then = read_table(workspace, ReadRequest(table=USER_TABLE, as_of=at, limit=1))
    _, now = rows_at(workspace, find_table(workspace, USER_TABLE), as_of=None)
    same = then.digest == between["digest"]
    return {"rows_then": then.rows_total, "rows_now": now.count(), "same_as_before": same}


def _train_and_score(story: Story) -> dict[str, Any]:
    workspace = story.workspace
    build = BuildTrainingSetRequest(service=PURCHASE_PROPENSITY.name, name=TRAINING_SET)
    story.step(
        f"Build the training set {TRAINING_SET}: a row per session end, does the user buy within 24 hours?",
        lambda: build_training_set(workspace, build).to_json(),
    )
    story.step(
        "Split it by user, 80 to 20",
        lambda: split(workspace, SplitRequest(training_set=TRAINING_SET)).to_json(),
    )
    metrics = {}
    for model, algorithm in MODELS.items():
        fit = TrainRequest(training_set=TRAINING_SET, model=model, algorithm=algorithm)
        measure = EvaluateRequest(training_set=TRAINING_SET, model=model)
        story.step(f"Train {model}", lambda r=fit: train(workspace, r).to_json())  # type: ignore[misc]
        report = story.step(f"Evaluate {model}", lambda r=measure: evaluate(workspace, r).to_json())  # type: ignore[misc]
        metrics[model] = report["metrics"]
    chosen = next(iter(MODELS))
    story.step(
        f"Score every session end with {chosen}",
        lambda: score(workspace, ScoreRequest(model=chosen)).to_json(),
    )
    return metrics


def _sum_up(story: Story, *, between: datetime, metrics: dict[str, Any], seconds: float) -> DemoReport:
    names = ["events/clickstream", *(view.table for view in PROJECT.views), "quarantine/clickstream"]
    names.append(f"predictions/{next(iter(MODELS))}")
    reads = {name: read_table(story.workspace, ReadRequest(table=name, limit=1)) for name in names}
    training_set = next(
        report for report in story.done.values() if report.get("step") == "build_training_set"
    )
    noted = next(report for report in story.done.values() if "time" in report)
    # A rejected row is known by its place: the file's path, the topic's id. Those differ from lake to lake.
    digests = {name: read.digest for name, read in reads.items() if not name.startswith("quarantine/")}
    digests["training_sets/" + TRAINING_SET] = training_set["digest"]
    rows = {name: read.rows_total for name, read in reads.items()}
    rows["training_sets/" + TRAINING_SET] = training_set["rows"]
    return DemoReport(
        step="demo",
        between=between,
        resumed=story.reused > 0,
        seconds=round(seconds, 1),
        digests=digests,
        rows=rows,
        rows_between=noted["rows_total"],
        metrics=metrics,
    )


def _say_summary(report: DemoReport, say: Callable[[str], None]) -> None:
    say(f"\nDone in {report.seconds:.0f} s. Rows and digests:")
    for name, rows in report.rows.items():
        say(f"    {name:36s} {rows:>9,}  {report.digests.get(name, '')[:16]}".rstrip())
    events = report.rows["events/clickstream"]
    say(f"Every one of the {EVENTS:,} events of the data set is in the table: {events == EVENTS}.")
    say("\nTry next:")
    at = report.between.isoformat().replace("+00:00", "Z")
    say(f"    .venv/bin/featurestore read {USER_TABLE} --as-of {at} --json    ({report.rows_between:,} rows)")
    say("    .venv/bin/featurestore history events/clickstream")
    say("    .venv/bin/featurestore read quarantine/clickstream")
    say("    .venv/bin/featurestore dev kafka down        (the broker runs on until then)")


def _line(report: dict[str, Any]) -> str:
    """The numbers of a report in one line."""
    shown = _LINES.get(report.get("step", ""), ())
    parts = [f"{name.replace('_', ' ')} {_value(report[name])}" for name in shown or report if name in report]
    if report.get("step") == "evaluate":
        metrics = report["metrics"]
        parts = [
            f"{name.replace('_', ' ')} {_value(metrics[name])}" for name in ("auc", "pr_auc", "log_loss")
        ]
        parts.append(f"on {metrics['rows']:,} rows with {metrics['positives']} positives")
    return ", ".join(parts)


def _value(value: object) -> str:
    if isinstance(value, bool) or value is None:
        return {True: "yes", False: "no", None: "undefined"}[value]
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:.4g}" if isinstance(value, float) else str(value)


_INGESTED = ("read", "accepted", "rejected", "superseded", "inserted", "updated", "stale")
_LINES = {
    "ingest_batch": _INGESTED,
    "ingest_stream": _INGESTED,
    "compute_features": ("mode", "events_changed", "entities_changed", "rows_written", "rows_removed"),
    "build_training_set": ("rows", "positives", "unripe_rows"),
    "split": ("train_rows", "train_positives", "test_rows", "test_positives"),
    "train": ("version", "algorithm", "features"),
    "score": ("rows", "mean_probability"),
}

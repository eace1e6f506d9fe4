"""A story told step by step: each step is done once over all runs, and its report remembered."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from featurestore.files import exists, join_uri, read_text, write_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from featurestore.steps.workspace import Workspace


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

    def step(
        self, title: str, action: Callable[[], dict[str, Any]], *, again: bool = False
    ) -> dict[str, Any]:
        """The report of this step: of an earlier run that finished it, else (or with `again`) of doing it now."""
        self.number += 1
        self.say(f"\n{self.number:2d}. {title}")
        if title in self.done and not again:
            self.reused += 1
            self.say("    done by an earlier run:")
        else:
            self.done[title] = action()
            write_text(self._uri, json.dumps(self.done, indent=1))
        report: dict[str, Any] = self.done[title]
        self.say(f"    {_line(report)}")
        return report

    def together(self, actions: Mapping[str, Callable[[], dict[str, Any]]]) -> None:
        """Steps that need nothing of each other, by title: done at the same time, told one after the other."""
        with ThreadPoolExecutor() as workers:
            running = {
                title: workers.submit(copy_context().run, action)
                for title, action in actions.items()
                if title not in self.done
            }
            for title, action in actions.items():
                self.step(title, running[title].result if title in running else action)


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
        if report["gate"]:
            failed = [one["condition"] for one in report["gate"] if not one["passed"]]
            parts.append(f"gate: {'; '.join(failed)} fails" if failed else "gate passed")
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
    "report_model": ("location", "size_bytes", "rejected"),
    "promote": ("model", "alias", "version"),
    "score": ("rows", "mean_probability"),
}

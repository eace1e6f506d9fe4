"""The command that looks whether a profile's place can be worked in."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import typer

from featurestore.cli.options import verb

if TYPE_CHECKING:
    from featurestore.cli.run import Call
    from featurestore.doctor.finding import Finding

doctors = typer.Typer()

_WIDTH = 18


@verb(doctors, "doctor")
def doctor(call: Call) -> None:
    """Look at all that a profile needs, without Spark: machine, lake, Kafka, cluster; 1 where anything failed."""
    from featurestore.cli.run import write_text
    from featurestore.doctor.brokers import brokers
    from featurestore.doctor.finding import Outcome, gathered
    from featurestore.doctor.lake import lake
    from featurestore.doctor.machine import machine
    from featurestore.failures import encode
    from pipelines.cluster_doctor import cluster

    profile = call.store.profile
    groups = {
        name: (lambda look=look: look(profile))
        for name, look in (("machine", machine), ("lake", lake), ("kafka", brokers), ("kubernetes", cluster))
    }
    found = []
    for finding in gathered(groups):
        found.append(finding)
        if not call.manner.as_json:
            call.say(_line(finding))
    failed = sum(finding.outcome is Outcome.FAIL for finding in found)
    if call.manner.as_json:
        write_text(encode(_answer(profile.name, found)) + "\n")
    else:
        call.say(f"{failed} of {len(found)} failed." if failed else "Nothing failed.")
    if failed:
        raise typer.Exit(1)


def _answer(profile: str, found: list[Finding]) -> dict[str, Any]:
    return {"profile": profile, "findings": [{**asdict(one), "outcome": one.outcome.value} for one in found]}


def _line(finding: Finding) -> str:
    fix = f" Fix: {finding.fix}" if finding.fix else ""
    end = "" if finding.seen.endswith((".", "?")) or not fix else "."
    return f"{finding.outcome.value}  {finding.check:<{_WIDTH}}  {finding.seen}{end}{fix}"

"""Commands about this machine: the development broker, the jars, the demo."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import typer

from featurestore.cli.options import verb
from featurestore.progress import tell

if TYPE_CHECKING:
    from featurestore.cli.run import Call
    from featurestore.clickstream.demo import DemoReport
    from featurestore.dev.kafka import BrokerStatus

kafka = typer.Typer(no_args_is_help=True, help="A Kafka broker on this machine, for development.")
dev = typer.Typer(no_args_is_help=True, help="What development needs on this machine.")
dev.add_typer(kafka, name="kafka")
demos = typer.Typer()


@verb(kafka, "up")
def kafka_up(call: Call) -> dict[str, Any]:
    """Have the broker run; its messages are kept from one start to the next."""
    from featurestore.dev import kafka as broker
    from featurestore.dev.bootstrap import broker_directory
    from featurestore.jars import fetch_jars
    from featurestore.java import find_java

    java = find_java().executable
    jars = fetch_jars("broker", tell)
    return _status(broker.up(broker_directory(call.store.profile), jars=jars, java=java, progress=tell))


@verb(kafka, "down")
def kafka_down(call: Call) -> dict[str, Any]:
    """End the broker; its messages stay for the next start."""
    from featurestore.dev import kafka as broker
    from featurestore.dev.bootstrap import broker_directory

    tell("ending the Kafka broker")
    return _status(broker.down(broker_directory(call.store.profile)))


@verb(kafka, "status")
def kafka_status(call: Call) -> dict[str, Any]:
    """Say whether the broker runs, and where."""
    from featurestore.dev import kafka as broker
    from featurestore.dev.bootstrap import broker_directory

    return _status(broker.status(broker_directory(call.store.profile)))


@verb(dev, "jars")
def jars(call: Call) -> dict[str, Any]:  # noqa: ARG001 - every command has one
    """Fetch the pinned jars that are not in the cache."""
    from featurestore.jars import cache_folder, fetch_jars, package_lock

    fetched = {section: len(fetch_jars(section, tell)) for section in package_lock()}
    return {"folder": str(cache_folder()), "jars": fetched}


@verb(demos, "demo")
def demo(call: Call) -> DemoReport | None:
    """Run the clickstream story from events to predictions; run again it resumes."""
    from featurestore.clickstream.demo import run_demo

    report = run_demo(call.store.profile, say=call.say)
    return report if call.manner.as_json else None


def _status(status: BrokerStatus) -> dict[str, Any]:
    return {
        name: value if isinstance(value, bool | int) or value is None else str(value)
        for name, value in asdict(status).items()
    }

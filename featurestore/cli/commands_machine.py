"""Commands about this machine: the development broker, the jars, the demo."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from featurestore.cli.options import verb
from featurestore.progress import tell

if TYPE_CHECKING:
    from collections.abc import Callable

    from featurestore.cli.run import Call
    from featurestore.clickstream.demo import DemoReport
    from featurestore.config import Profile
    from featurestore.dev.emulators import EmulatorStatus
    from featurestore.dev.kafka import BrokerStatus

kafka = typer.Typer(no_args_is_help=True, help="A Kafka broker on this machine, for development.")
dev = typer.Typer(no_args_is_help=True, help="What development needs on this machine.")
emulators = typer.Typer(
    no_args_is_help=True, help="Object stores on this machine, for development and tests."
)
dev.add_typer(kafka, name="kafka")
dev.add_typer(emulators, name="emulators")
demos = typer.Typer()

Names = Annotated[
    list[str] | None,
    typer.Argument(metavar="[NAME]...", help="minio, gcs-emulator, azurite; all unless given."),
]


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


@verb(emulators, "up")
def emulators_up(call: Call, names: Names = None) -> dict[str, Any]:
    """Have emulators run, each at the endpoint of the profile of its name."""
    from featurestore.dev import emulators as stores

    return _each(call, names, lambda profile, folder: stores.up(profile, folder, tell=tell))


@verb(emulators, "down")
def emulators_down(call: Call, names: Names = None) -> dict[str, Any]:
    """End emulators; what they hold stays for the next start, but for gcs-emulator's."""
    from featurestore.dev import emulators as stores

    return _each(call, names, stores.down)


@verb(emulators, "status")
def emulators_status(call: Call, names: Names = None) -> dict[str, Any]:
    """Say which emulators run, and where."""
    from featurestore.dev import emulators as stores

    return _each(call, names, stores.status)


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


def _each(
    call: Call, names: list[str] | None, act: Callable[[Profile, Path], EmulatorStatus]
) -> dict[str, Any]:
    """What is done for each emulator, by its name; `InvalidRequest` for a name that none has."""
    from featurestore.config import load_profile
    from featurestore.dev.emulators import EMULATORS
    from featurestore.errors import InvalidRequest

    for name in names or ():
        if name not in EMULATORS:
            raise InvalidRequest("emulator", expected=f"one of {', '.join(EMULATORS)}", received=name)
    folder = Path(call.store.profile.state_directory) / "emulators"
    found = {}
    for name in names or EMULATORS:
        file = {"identity.secret_file": str(folder / f"{name}.env")}
        found[name] = asdict(act(load_profile(name, overrides=file, variables={}), folder))
    return found


def _status(status: BrokerStatus) -> dict[str, Any]:
    return {
        name: value if isinstance(value, bool | int) or value is None else str(value)
        for name, value in asdict(status).items()
    }

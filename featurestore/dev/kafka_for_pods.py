"""The development broker for pods of a cluster on this machine: `python -m featurestore.dev.kafka_for_pods`.

It has a second listener, on an address that pods can reach, and tells those who come there the name by which
the cluster knows it. Loopback stays as it is, so that commands on the machine reach the same topics.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from featurestore.dev import kafka
from featurestore.dev.broker_settings import SecondListener
from featurestore.errors import FeatureStoreError

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Starts or ends the broker of the directory that the arguments name; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m featurestore.dev.kafka_for_pods", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    up = verbs.add_parser("up")
    up.add_argument("directory", type=Path)
    up.add_argument(
        "--listen", required=True, type=_address, metavar="HOST:PORT", help="where pods reach this machine"
    )
    up.add_argument(
        "--advertise",
        required=True,
        type=_address,
        metavar="HOST:PORT",
        help="the broker's name in the cluster",
    )
    verbs.add_parser("down").add_argument("directory", type=Path)
    given = parser.parse_args(arguments)
    try:
        if given.verb == "down":
            kafka.down(given.directory)
        else:
            second = SecondListener(listen=given.listen, advertise=given.advertise)
            print(_up(given.directory, second=second))  # noqa: T201
    except FeatureStoreError as error:
        print(error, file=sys.stderr)  # noqa: T201
        return error.exit_code
    return 0


def _address(text: str) -> str:
    host, _, port = text.rpartition(":")
    if not host or not port.isdecimal():
        raise argparse.ArgumentTypeError(f"expected HOST:PORT, got {text!r}")
    return text


def _up(directory: Path, *, second: SecondListener) -> str:
    from featurestore.jars import fetch_jars
    from featurestore.java import find_java

    jars = fetch_jars("broker")
    broker = kafka.up(directory, jars=jars, java=find_java().executable, second=second)
    return f"Kafka answers at {broker.bootstrap} on this machine, and at {second.advertise} in the cluster."


if __name__ == "__main__":
    sys.exit(main())

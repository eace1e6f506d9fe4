"""The files a one-node Kafka broker starts from: its settings and how it logs.

Paths in them are relative to the broker's directory, which is its working directory: no character of that
directory's name can be misread, and a directory that was moved still works.
"""

from __future__ import annotations

from dataclasses import dataclass

NODE_ID = 1
HOST = "127.0.0.1"

_SETTINGS = {
    "process.roles": "broker,controller",
    "node.id": str(NODE_ID),
    "controller.listener.names": "CONTROLLER",
    "inter.broker.listener.name": "PLAINTEXT",
    "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
    # One node: every internal topic has one replica, and few partitions, so that the first use is quick.
    "default.replication.factor": "1",
    "min.insync.replicas": "1",
    "offsets.topic.replication.factor": "1",
    "offsets.topic.num.partitions": "4",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "transaction.state.log.num.partitions": "4",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    "group.initial.rebalance.delay.ms": "0",
    # A topic is made on purpose, and what is in it stays.
    "auto.create.topics.enable": "false",
    "log.retention.ms": "-1",
    "log.retention.bytes": "-1",
    # Events of a past year keep their times.
    "log.message.timestamp.before.max.ms": str(2**63 - 1),
    # Small: the cleaner's buffer alone is 128 MiB by default.
    "log.cleaner.dedupe.buffer.size": str(16 * 2**20),
    "num.network.threads": "2",
    "num.io.threads": "4",
    # After kill -9 the old session must run out before the broker is let in again.
    "broker.session.timeout.ms": "3000",
    "broker.heartbeat.interval.ms": "500",
    "controller.quorum.election.timeout.ms": "200",
}

_LOGGING = """\
status = error
appender.out.type = Console
appender.out.name = out
appender.out.layout.type = PatternLayout
appender.out.layout.pattern = %d{yyyy-MM-dd'T'HH:mm:ss.SSS'Z'}{UTC} %p %c: %m%n
rootLogger.level = warn
rootLogger.appenderRef.out.ref = out
logger.started.name = kafka.server.KafkaRaftServer
logger.started.level = info
"""


@dataclass(frozen=True, kw_only=True)
class SecondListener:
    """Where a broker listens beside the loopback, and what clients that came this way are sent on to.

    Both are "host:port"; they differ where clients know the broker by a name of their own.
    """

    listen: str
    advertise: str

    @property
    def host(self) -> str:
        """The address it listens on."""
        return self.listen.rpartition(":")[0]

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self.listen.rpartition(":")[2])


def broker_settings(
    *, data: str, port: int, controller_port: int, second: SecondListener | None = None
) -> str:
    """The text of `server.properties` for a broker that listens on these loopback ports, and on `second`.

    `data` is the storage directory's name relative to the broker's directory; plain ASCII.
    """
    settings = {
        **_SETTINGS,
        "listeners": f"PLAINTEXT://{HOST}:{port},CONTROLLER://{HOST}:{controller_port}",
        "advertised.listeners": f"PLAINTEXT://{HOST}:{port}",
        "controller.quorum.voters": f"{NODE_ID}@{HOST}:{controller_port}",
        "log.dirs": data,
    }
    if second is not None:
        settings["listeners"] += f",SECOND://{second.listen}"
        settings["advertised.listeners"] += f",SECOND://{second.advertise}"
        settings["listener.security.protocol.map"] += ",SECOND:PLAINTEXT"
    return "".join(f"{key}={value}\n" for key, value in sorted(settings.items()))


def logging_settings() -> str:
    """The text of `log4j2.properties`: warnings and errors to standard output, times in UTC."""
    return _LOGGING

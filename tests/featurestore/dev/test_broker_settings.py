"""The settings a broker starts from, read as Java reads them."""

from __future__ import annotations

from featurestore.dev.broker_settings import HOST, SecondListener, broker_settings, logging_settings


def read(text: str) -> dict[str, str]:
    """The settings of a text that names each once."""
    pairs = [line.split("=", 1) for line in text.splitlines()]
    settings = {key.strip(): value.strip() for key, value in pairs}
    assert len(settings) == len(pairs)
    return settings


def made(*, second: SecondListener | None = None) -> dict[str, str]:
    return read(broker_settings(data="data", port=20_001, controller_port=20_002, second=second))


def test_it_listens_on_the_loopback_only() -> None:
    settings = made()
    addresses = [address.split("://")[1] for address in settings["listeners"].split(",")]

    assert HOST == "127.0.0.1"
    assert addresses == ["127.0.0.1:20001", "127.0.0.1:20002"]


def test_clients_are_sent_to_the_port_they_may_use() -> None:
    assert made()["advertised.listeners"] == "PLAINTEXT://127.0.0.1:20001"


def test_a_second_listener_comes_beside_the_loopback_and_advertises_a_name_of_its_own() -> None:
    plain = made()
    both = made(second=SecondListener(listen="10.244.0.1:9092", advertise="kafka.kafka.svc:9092"))
    added = {key: value.removeprefix(plain[key]) for key, value in both.items() if value != plain[key]}

    assert added == {
        "listeners": ",SECOND://10.244.0.1:9092",
        "advertised.listeners": ",SECOND://kafka.kafka.svc:9092",
        "listener.security.protocol.map": ",SECOND:PLAINTEXT",
    }


def test_it_elects_itself() -> None:
    settings = made()

    assert settings["controller.quorum.voters"] == f"{settings['node.id']}@127.0.0.1:20002"


def test_every_listener_has_a_protocol() -> None:
    settings = made()
    named = {listener.split("://")[0] for listener in settings["listeners"].split(",")}

    assert {pair.split(":")[0] for pair in settings["listener.security.protocol.map"].split(",")} == named
    assert {settings["controller.listener.names"], settings["inter.broker.listener.name"]} == named


def test_one_node_is_enough_for_every_topic() -> None:
    settings = made()
    replicas = {key: value for key, value in settings.items() if key.endswith("replication.factor")}
    in_sync = {
        key: value for key, value in settings.items() if key.endswith(("min.isr", "min.insync.replicas"))
    }

    assert len(replicas) == 4
    assert len(in_sync) == 3
    assert {*replicas.values(), *in_sync.values()} == {"1"}


def test_a_topic_is_made_on_purpose_and_what_is_in_it_stays() -> None:
    settings = made()

    assert settings["auto.create.topics.enable"] == "false"
    assert (settings["log.retention.ms"], settings["log.retention.bytes"]) == ("-1", "-1")


def test_paths_are_relative_to_the_brokers_directory() -> None:
    assert made()["log.dirs"] == "data"
    assert [value for value in made().values() if value.startswith("/")] == []


def test_the_same_ports_give_the_same_text_and_others_another() -> None:
    first = broker_settings(data="data", port=1, controller_port=2)

    assert first == broker_settings(data="data", port=1, controller_port=2)
    assert first != broker_settings(data="data", port=2, controller_port=1)


def test_both_files_are_plain_ascii() -> None:
    assert broker_settings(data="data", port=1, controller_port=2).isascii()
    assert logging_settings().isascii()


def test_warnings_go_to_standard_output_with_times_in_utc() -> None:
    settings = read(logging_settings())

    assert settings["rootLogger.level"] == "warn"
    assert settings["appender.out.type"] == "Console"
    assert settings["appender.out.layout.pattern"].startswith("%d{yyyy-MM-dd'T'HH:mm:ss.SSS'Z'}{UTC} ")
    assert settings["rootLogger.appenderRef.out.ref"] == settings["appender.out.name"]

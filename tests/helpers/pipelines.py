"""Small pipelines of one task; Kubeflow reads the annotations here as they are."""

from kfp import dsl  # type: ignore[import-untyped]

from pipelines.components import kafka_streamer


@dsl.component(base_image="python", install_kfp_package=False)
def sleep(seconds: int, mark: str) -> None:
    """Says by a file that it has begun."""
    import time
    from pathlib import Path

    Path(mark).touch()
    time.sleep(seconds)


@dsl.pipeline(name="pin")
def pin(path: str) -> None:
    """Fixes files of the clickstream."""
    kafka_streamer(source="clickstream", path=path)


@dsl.pipeline(name="slow")
def slow(mark: str) -> None:
    """Takes a minute."""
    sleep(seconds=60, mark=mark)

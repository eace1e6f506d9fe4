"""Pipeline `ingest`: what is new of a source into its events table, as a part of other pipelines or by itself."""

from kfp import dsl  # type: ignore[import-untyped]

from pipelines.components import hudi_writer, kafka_streamer, validate_schema


@dsl.pipeline(name="ingest", description="What is new of a source, validated and written.")  # type: ignore[untyped-decorator]
def ingest(
    source: str = "clickstream",
    batch: bool = False,
    path: str = "",
    pinned: str = "",
    max_rejected_fraction: float = 1.0,
) -> str:
    """The events table at the instant that shows what was written (`table@instant`)."""
    read = kafka_streamer(source=source, batch=batch, path=path, pinned=pinned)
    valid = validate_schema(
        source=source, pinned=read.outputs["Output"], max_rejected_fraction=max_rejected_fraction
    )
    written = hudi_writer(source=source, pinned=valid.outputs["Output"])
    return written.outputs["Output"]  # type: ignore[no-any-return]

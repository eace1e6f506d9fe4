"""Pipeline `features`: every view of the same events, as a part of other pipelines or by itself."""

from kfp import dsl  # type: ignore[import-untyped]

from pipelines.components import compute_features


# One after the other: views of one source need the same events, and a laptop has room for one job.
@dsl.pipeline(name="features", description="The views of one source, computed from the same events.")  # type: ignore[untyped-decorator]
def features(views: list[str], events: str) -> list[str]:
    """The tables of the views at the instants that show these events (`table@instant`)."""
    with dsl.ParallelFor(views, parallelism=1) as view:
        computed = compute_features(view=view, events=events)
    return dsl.Collected(computed.outputs["Output"])  # type: ignore[no-any-return]

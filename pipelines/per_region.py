"""Pipeline `per_region`: one model a region, each trained on the rows of its own."""

from kfp import dsl  # type: ignore[import-untyped]

from pipelines.components import notify, pin_tables
from pipelines.training import training

MOST_AT_ONCE = 2
"""Regions that are worked on at the same time; a cluster's quota may make their jobs wait all the same."""


@dsl.pipeline(name="regions", description="A model for each region, from the same tables.")  # type: ignore[untyped-decorator]
def regions(
    regions: list[str], tables: list[str], service: str, model: str, algorithm: str, spec: str
) -> None:
    """The loop of `per_region`."""
    with dsl.ParallelFor(regions, parallelism=MOST_AT_ONCE) as region:
        training(tables=tables, service=service, only=region, model=model, algorithm=algorithm, spec=spec)


@dsl.pipeline(name="per-region", description="A model for each region, from the same tables.")  # type: ignore[untyped-decorator]
def per_region(
    regions_of: list[str] = ["platform=desktop", "platform=mobile"],  # noqa: B006 - a parameter's default
    service: str = "purchase_within_week",
    model: str = "purchase-week",
    tables: list[str] = [],  # noqa: B006 - a parameter's default
    as_of: str = "",
    algorithm: str = "",
    spec: str = "",
) -> None:
    """Trains, judges, registers and uses `<model>-<region>` for each region, on rows of one and the same commits.

    A region is what a field of an event says, `field=value`; in the example, which has no places, the platform.
    """
    with dsl.ExitHandler(notify(pipeline="per-region")):
        fixed = pin_tables(service=service, as_of=as_of, pinned=tables)
        regions(
            regions=regions_of,
            tables=fixed.outputs["Output"],
            service=service,
            model=model,
            algorithm=algorithm,
            spec=spec,
        )

"""Pipeline `retrain`: a model trained anew where the rows that it is asked about have moved."""

from kfp import dsl  # type: ignore[import-untyped]

from pipelines.components import measure_drift, notify, pin_tables
from pipelines.training import training


@dsl.pipeline(name="retrain", description="A model trained anew, where current rows have drifted.")  # type: ignore[untyped-decorator]
def retrain(  # noqa: PLR0913, PLR0917 - each is a parameter of a run
    service: str = "purchase_within_week",
    model: str = "purchase-week",
    alias: str = "champion",
    tables: list[str] = [],  # noqa: B006 - a parameter's default
    as_of: str = "",
    drift_threshold: float = 0.25,
    split_by: str = "entity",
    test_fraction: float = 0.2,
    algorithm: str = "",
    spec: str = "",
) -> None:
    """Trains the next version where any feature's population stability index has reached the threshold.

    Compared are the rows that the version behind the alias was trained on, and those that the tables show: as they
    are now, or as a reader saw them at `as_of` (ISO 8601 with a zone). `tables` takes what
    an earlier run looked at (`table@instant`). What passes its gate takes the alias over.
    """
    with dsl.ExitHandler(notify(pipeline="retrain")):
        fixed = pin_tables(service=service, as_of=as_of, pinned=tables)
        drift = measure_drift(
            model=model, alias=alias, tables=fixed.outputs["Output"], threshold=drift_threshold
        )
        with dsl.If(drift.outputs["Output"] == "drifted", name="drifted"):
            training(
                tables=fixed.outputs["Output"],
                service=service,
                split_by=split_by,
                test_fraction=test_fraction,
                model=model,
                algorithm=algorithm,
                spec=spec,
                alias=alias,
            )

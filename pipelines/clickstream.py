"""Pipeline `clickstream`: from events to a registered model and its predictions."""

from kfp import dsl  # type: ignore[import-untyped]

from pipelines.components import notify
from pipelines.features import features
from pipelines.ingest import ingest
from pipelines.training import training


@dsl.pipeline(name="clickstream", description="From events to a registered model and its predictions.")  # type: ignore[untyped-decorator]
def clickstream(  # noqa: PLR0913, PLR0917 - each is a parameter of a run
    source: str = "clickstream",
    batch: bool = False,
    path: str = "",
    pinned: str = "",
    max_rejected_fraction: float = 1.0,
    views: list[str] = ["user_activity", "event_type_activity"],  # noqa: B006 - a parameter's default
    service: str = "purchase_within_week",
    training_set: str = "",
    split_by: str = "entity",
    test_fraction: float = 0.2,
    model: str = "purchase-week",
    algorithm: str = "",
    spec: str = "",
    alias: str = "champion",
) -> None:
    """Ingests what is new, computes features, trains, and predicts with what passed its gate.

    `batch` or `path` take files in place of the topic. `pinned` takes what an earlier run read. `spec` is a training
    spec as JSON. Without a name the training set gets one made of what it is made from.
    """
    with dsl.ExitHandler(notify(pipeline="clickstream")):
        written = ingest(
            source=source, batch=batch, path=path, pinned=pinned, max_rejected_fraction=max_rejected_fraction
        )
        computed = features(views=views, events=written.output)
        training(
            tables=computed.output,
            service=service,
            training_set=training_set,
            split_by=split_by,
            test_fraction=test_fraction,
            model=model,
            algorithm=algorithm,
            spec=spec,
            alias=alias,
        )

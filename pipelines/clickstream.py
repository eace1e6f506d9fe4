"""Pipeline `clickstream`: from events to a registered model and its predictions."""

from kfp import dsl  # type: ignore[import-untyped]

from pipelines.components import (
    evaluate,
    feature_store_reader,
    predict,
    register_model,
    report_model,
    train,
    train_test_split,
)
from pipelines.features import features
from pipelines.ingest import ingest


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
    written = ingest(
        source=source, batch=batch, path=path, pinned=pinned, max_rejected_fraction=max_rejected_fraction
    )
    computed = features(views=views, events=written.output)
    rows = feature_store_reader(service=service, tables=computed.output, name=training_set)
    divided = train_test_split(training_set=rows.outputs["Output"], by=split_by, test_fraction=test_fraction)
    trained = train(training_set=divided.outputs["Output"], model=model, algorithm=algorithm, spec=spec)
    measured = evaluate(model=trained.outputs["Output"], training_set=divided.outputs["Output"], gate=True)
    report_model(model=measured.outputs["Output"], training_set=divided.outputs["Output"])
    registered = register_model(
        model=measured.outputs["Output"], training_set=divided.outputs["Output"], alias=alias
    )
    predict(model=registered.outputs["Output"], tables=computed.output)

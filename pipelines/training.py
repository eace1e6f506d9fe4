"""Pipeline `training`: from fixed commits of a service's views to a registered model and its predictions."""

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


@dsl.pipeline(name="training", description="A model trained on fixed tables, judged, registered and used.")  # type: ignore[untyped-decorator]
def training(  # noqa: PLR0913, PLR0917 - each is a parameter of a run
    tables: list[str],
    service: str = "purchase_within_week",
    training_set: str = "",
    only: str = "",
    split_by: str = "entity",
    test_fraction: float = 0.2,
    model: str = "purchase-week",
    algorithm: str = "",
    spec: str = "",
    alias: str = "champion",
) -> str:
    """`model@version`, which the alias stands for now; without passing its gate the run fails there."""
    rows = feature_store_reader(service=service, tables=tables, name=training_set, only=only)
    divided = train_test_split(training_set=rows.outputs["Output"], by=split_by, test_fraction=test_fraction)
    trained = train(
        training_set=divided.outputs["Output"], model=model, only=only, algorithm=algorithm, spec=spec
    )
    measured = evaluate(model=trained.outputs["Output"], training_set=divided.outputs["Output"], gate=True)
    registered = register_model(
        model=measured.outputs["Output"], training_set=divided.outputs["Output"], alias=alias
    )
    predicted = predict(model=registered.outputs["Output"], tables=tables, only=only)
    # The page shows the predictions, too.
    report_model(model=registered.outputs["Output"], training_set=divided.outputs["Output"]).after(predicted)
    return registered.outputs["Output"]  # type: ignore[no-any-return]

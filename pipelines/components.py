"""The components of pipelines, a public library: each starts one step and hands on what it made.

A pipeline of one's own is a function that calls them:

    from kfp import dsl
    from pipelines.components import compute_features, hudi_writer, kafka_streamer

    @dsl.pipeline(name="clicks")
    def clicks(source: str = "clickstream"):
        pinned = kafka_streamer(source=source)
        written = hudi_writer(source=source, pinned=pinned.outputs["Output"])
        compute_features(view="user_activity", events=written.outputs["Output"])

Tables go from task to task as `table@instant`, never as data. Each task runs in the launcher's image, with the
profile that its environment names; nothing is installed there. `pipelines.tasks` says what the inputs mean.
"""
# Kubeflow Pipelines reads the functions' annotations as they are, and ships their bodies as text.
# ruff: noqa: D103

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from kfp import dsl  # type: ignore[import-untyped]
from kfp.dsl import pipeline_context  # type: ignore[import-untyped]

from featurestore import __version__

LAUNCHER = f"featurestore-launcher:{__version__}"
RUN = dsl.PIPELINE_JOB_ID_PLACEHOLDER
"""The run that a task belongs to; its jobs carry it as a label."""


@dataclass(frozen=True)
class Step:
    """A component; called in a pipeline, it gives a task of the run.

    Kubeflow's own cache never answers for it: it knows of inputs, and not of what the tables hold by now.
    """

    component: Any

    def __call__(self, **inputs: Any) -> Any:
        """The task; outside of a pipeline it is run here and now, and `run` names the run."""
        task = self.component(**{"run": RUN, **inputs})
        if pipeline_context.Pipeline.get_default_pipeline() is not None:
            task.set_caching_options(enable_caching=False)
        return task


def _component(function: Callable[..., Any]) -> Step:
    made = dsl.component(function, base_image=LAUNCHER, install_kfp_package=False, packages_to_install=[])
    return Step(made)


@_component
def kafka_streamer(
    run: str,
    source: str,
    lineage: dsl.Output[dsl.Artifact],
    batch: bool = False,
    path: str = "",
    pinned: str = "",
) -> str:
    from pipelines import tasks

    return tasks.kafka_streamer(
        run=run, source=source, batch=batch, path=path, pinned=pinned, lineage=lineage
    )


@_component
def validate_schema(
    run: str,
    source: str,
    pinned: str,
    metrics: dsl.Output[dsl.Metrics],
    lineage: dsl.Output[dsl.Artifact],
    max_rejected_fraction: float = 1.0,
) -> str:
    from pipelines import tasks

    return tasks.validate_schema(
        run=run,
        source=source,
        pinned=pinned,
        max_rejected_fraction=max_rejected_fraction,
        metrics=metrics,
        lineage=lineage,
    )


@_component
def hudi_writer(
    run: str,
    source: str,
    pinned: str,
    metrics: dsl.Output[dsl.Metrics],
    lineage: dsl.Output[dsl.Artifact],
) -> str:
    from pipelines import tasks

    return tasks.hudi_writer(run=run, source=source, pinned=pinned, metrics=metrics, lineage=lineage)


@_component
def compute_features(
    run: str,
    view: str,
    events: str,
    metrics: dsl.Output[dsl.Metrics],
    lineage: dsl.Output[dsl.Artifact],
) -> str:
    from pipelines import tasks

    return tasks.compute_features(run=run, view=view, events=events, metrics=metrics, lineage=lineage)


@_component
def pin_tables(
    run: str,
    service: str,
    lineage: dsl.Output[dsl.Artifact],
    as_of: str = "",
    pinned: list[str] = [],  # noqa: B006 - a parameter's default
) -> list[str]:
    from pipelines import tasks

    return tasks.pin_tables(run=run, service=service, as_of=as_of, pinned=pinned, lineage=lineage)


@_component
def measure_drift(
    run: str,
    model: str,
    metrics: dsl.Output[dsl.Metrics],
    lineage: dsl.Output[dsl.Artifact],
    tables: list[str] = [],  # noqa: B006 - a parameter's default
    alias: str = "champion",
    threshold: float = 0.25,
) -> str:
    from pipelines import tasks

    return tasks.measure_drift(
        run=run,
        model=model,
        alias=alias,
        tables=tables,
        threshold=threshold,
        metrics=metrics,
        lineage=lineage,
    )


@_component
def feature_store_reader(  # noqa: PLR0913, PLR0917 - each is an input of a task
    run: str,
    service: str,
    metrics: dsl.Output[dsl.Metrics],
    lineage: dsl.Output[dsl.Artifact],
    tables: list[str] = [],  # noqa: B006 - a parameter's default
    as_of: str = "",
    name: str = "",
    only: str = "",
) -> str:
    from pipelines import tasks

    return tasks.feature_store_reader(
        run=run,
        service=service,
        tables=tables,
        as_of=as_of,
        name=name,
        only=only,
        metrics=metrics,
        lineage=lineage,
    )


@_component
def train_test_split(
    run: str,
    training_set: str,
    metrics: dsl.Output[dsl.Metrics],
    lineage: dsl.Output[dsl.Artifact],
    by: str = "entity",
    test_fraction: float = 0.2,
) -> str:
    from pipelines import tasks

    return tasks.train_test_split(
        run=run,
        training_set=training_set,
        by=by,
        test_fraction=test_fraction,
        metrics=metrics,
        lineage=lineage,
    )


@_component
def train(  # noqa: PLR0913, PLR0917 - each is an input of a task
    run: str,
    training_set: str,
    model: str,
    artifact: dsl.Output[dsl.Model],
    lineage: dsl.Output[dsl.Artifact],
    only: str = "",
    algorithm: str = "",
    spec: str = "",
) -> str:
    from pipelines import tasks

    return tasks.train(
        run=run,
        training_set=training_set,
        model=model,
        only=only,
        algorithm=algorithm,
        spec=spec,
        artifact=artifact,
        lineage=lineage,
    )


@_component
def evaluate(
    run: str,
    model: str,
    training_set: str,
    metrics: dsl.Output[dsl.Metrics],
    curves: dsl.Output[dsl.ClassificationMetrics],
    lineage: dsl.Output[dsl.Artifact],
    gate: bool = True,
) -> str:
    from pipelines import tasks

    return tasks.evaluate(
        run=run,
        model=model,
        training_set=training_set,
        gate=gate,
        metrics=metrics,
        curves=curves,
        lineage=lineage,
    )


@_component
def report_model(
    run: str,
    model: str,
    training_set: str,
    page: dsl.Output[dsl.HTML],
    lineage: dsl.Output[dsl.Artifact],
) -> str:
    from pipelines import tasks

    return tasks.report_model(run=run, model=model, training_set=training_set, page=page, lineage=lineage)


@_component
def register_model(
    run: str,
    model: str,
    training_set: str,
    lineage: dsl.Output[dsl.Artifact],
    alias: str = "champion",
) -> str:
    from pipelines import tasks

    return tasks.register_model(run=run, model=model, training_set=training_set, alias=alias, lineage=lineage)


@_component
def predict(
    run: str,
    model: str,
    metrics: dsl.Output[dsl.Metrics],
    lineage: dsl.Output[dsl.Artifact],
    tables: list[str] = [],  # noqa: B006 - a parameter's default
    only: str = "",
) -> str:
    from pipelines import tasks

    return tasks.predict(run=run, model=model, tables=tables, only=only, metrics=metrics, lineage=lineage)


@_component
def notify(run: str, pipeline: str, status: dsl.PipelineTaskFinalStatus) -> str:
    from pipelines import tasks

    return tasks.notify(run=run, pipeline=pipeline, failed=status.state != "SUCCEEDED")

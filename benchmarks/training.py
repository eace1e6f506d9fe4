"""Training by a spec against plain Spark ML: seconds and their ratio.

    python -m benchmarks.training --rows 1000000 --features 50 --pairs 2

Both fit a logistic regression on the same Parquet rows, cached in the same number of partitions: medians for what
is missing, one vector, scaled inputs, the same settings and seed. The rival is the pipeline that one would write by
hand. Predictions of both must be equal within 1e-6 on a thousand rows. Each fit runs in a process of its own, one
after the other in ABBA order. The result is one JSON object on standard output.
"""

from __future__ import annotations

import argparse
import json
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.setting import HEAP, MASTER, PARTITIONS, profile_in
from featurestore.definitions.training import TrainingSpec

MISSING = 0.05
TOLERANCE = 1e-6
SETTINGS: dict[str, Any] = {"maxIter": 20, "regParam": 0.01, "elasticNetParam": 0.0, "tol": 1e-6}


def main() -> int:
    """Runs the comparison, or one side of it in this process (`--side`)."""
    arguments = _arguments()
    if arguments.side:
        print(json.dumps(_SIDES[arguments.side](Path(arguments.folder), arguments)))  # noqa: T201
        return 0
    folder = Path(tempfile.mkdtemp(prefix="featurestore-benchmark-", dir=arguments.folder))
    try:
        print(json.dumps(_compare(folder, arguments), indent=1))  # noqa: T201
    finally:
        shutil.rmtree(folder)
    return 0


def _compare(folder: Path, arguments: argparse.Namespace) -> dict[str, Any]:
    _side("rows", folder, arguments)
    samples: dict[str, list[dict[str, Any]]] = {"spec": [], "plain": []}
    for pair in range(arguments.pairs):
        for name in ("plain", "spec") if pair % 2 == 0 else ("spec", "plain"):
            samples[name].append(_side(name, folder, arguments))
    first, *others = [one["scores"] for name in samples for one in samples[name]]
    if any(
        abs(ours - theirs) > TOLERANCE for other in others for ours, theirs in zip(first, other, strict=True)
    ):
        message = "the models differ, nothing to compare"
        raise SystemExit(message)
    ratios = [a["seconds"] / b["seconds"] for a, b in zip(samples["spec"], samples["plain"], strict=True)]
    return {
        "rows": arguments.rows,
        "features": arguments.features,
        "ratio_median": round(statistics.median(ratios), 3),
        "ratios": [round(ratio, 3) for ratio in ratios],
        "seconds": {name: [round(one["seconds"], 1) for one in samples[name]] for name in samples},
        "conditions": {
            "master": MASTER,
            "heap": HEAP,
            "partitions": PARTITIONS,
            "settings": SETTINGS,
            "python": platform.python_version(),
        },
    }


def _side(name: str, folder: Path, arguments: argparse.Namespace) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.training", "--side", name, "--folder", str(folder)]
    sizes = ["--rows", str(arguments.rows), "--features", str(arguments.features)]
    done = subprocess.run([*command, *sizes], check=True, capture_output=True, text=True)
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def _spark(folder: Path) -> Any:
    from featurestore.offline.session import build_session

    return build_session(profile_in(folder))


def _names(arguments: argparse.Namespace) -> list[str]:
    return [f"f{number}" for number in range(arguments.features)]


def _rows(folder: Path, arguments: argparse.Namespace) -> dict[str, Any]:
    """Numbers, one in twenty missing, and a label that some of them tell."""
    from pyspark.sql import functions as F

    spark = _spark(folder)
    numbers = [F.randn(seed).alias(name) for seed, name in enumerate(_names(arguments))]
    rows = spark.range(0, arguments.rows, 1, PARTITIONS).select(
        F.col("id").cast("string").alias("key"), *numbers
    )
    told = F.col("f0") + F.col("f1") * 2 - F.col("f2") + F.randn(1000) > 1
    holes = [
        F.when(F.rand(2000 + n) > MISSING, F.col(name)).alias(name)
        for n, name in enumerate(_names(arguments))
    ]
    rows.select("key", told.cast("int").alias("label"), *holes).write.parquet(str(folder / "rows"))
    return {}


def _by_spec(folder: Path, arguments: argparse.Namespace) -> dict[str, Any]:
    from featurestore.training.columns import TrainingColumns
    from featurestore.training.evaluate import predict
    from featurestore.training.train import fit

    rows = _spark(folder).read.parquet(str(folder / "rows"))
    columns = TrainingColumns(keys=["key"], label="label", features=_names(arguments))
    began = time.monotonic()
    model = fit(rows, columns, TrainingSpec(settings=SETTINGS, partitions=PARTITIONS))
    seconds = time.monotonic() - began
    some = predict(model, rows, keep=["key"]).orderBy("key").limit(1000).collect()
    return {"seconds": seconds, "scores": [row["probability"] for row in some]}


def _by_hand(folder: Path, arguments: argparse.Namespace) -> dict[str, Any]:
    from pyspark.ml import Pipeline
    from pyspark.ml.classification import LogisticRegression
    from pyspark.ml.feature import Imputer, StandardScaler, VectorAssembler
    from pyspark.ml.functions import vector_to_array

    rows = _spark(folder).read.parquet(str(folder / "rows"))
    names = _names(arguments)
    filled = [f"{name}_filled" for name in names]
    stages = [
        Imputer(strategy="median", inputCols=names, outputCols=filled),
        VectorAssembler(inputCols=filled, outputCol="inputs"),
        StandardScaler(inputCol="inputs", outputCol="scaled"),
        LogisticRegression(featuresCol="scaled", labelCol="label", **SETTINGS),
    ]
    began = time.monotonic()
    kept = rows.repartition(PARTITIONS).persist()
    model = Pipeline(stages=stages).fit(kept)
    kept.unpersist()
    seconds = time.monotonic() - began
    scored = model.transform(rows).withColumn("p", vector_to_array("probability")[1])
    return {
        "seconds": seconds,
        "scores": [row["p"] for row in scored.select("key", "p").orderBy("key").limit(1000).collect()],
    }


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--features", type=int, default=50)
    parser.add_argument("--pairs", type=int, default=2)
    parser.add_argument("--folder", default=None, help="where temporary rows go")
    parser.add_argument("--side", choices=sorted(_SIDES), help=argparse.SUPPRESS)
    return parser.parse_args()


_SIDES = {"rows": _rows, "spec": _by_spec, "plain": _by_hand}

if __name__ == "__main__":
    sys.exit(main())

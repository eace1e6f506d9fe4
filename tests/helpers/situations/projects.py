"""The shop with one thing defined otherwise, and clicks from topics, as `--set project=` names them."""

from __future__ import annotations

from typing import Any

import msgspec

from featurestore.definitions import Aggregation, Project
from featurestore.definitions.features import AggregationFunction as Function
from featurestore.definitions.schema import DataType, OnViolation, Schema
from tests.helpers.events import clicks_stream
from tests.helpers.shop import AGGREGATIONS, FIELDS, LONG, SMALL, VISITS

_REPLACE: Any = msgspec.structs.replace
GAP_TOPIC = "every-error-gap"


def _shop_with(field: str, **changes: Any) -> Project:
    """Only the visits, with one field changed."""
    fields = tuple(_REPLACE(one, **changes) if one.name == field else one for one in FIELDS)
    return Project(name="shop", sources=(_REPLACE(VISITS, schema=Schema(fields=fields)),))


STRICT = _shop_with("page", allowed=("home", "cart", "buy"), on_violation=OnViolation.FAIL)
RETYPED = _shop_with("page", data_type=DataType.INT64)
OTHER_FEATURES = Project(
    name="shop", sources=(VISITS,), views=(_REPLACE(SMALL, aggregations=AGGREGATIONS[1:3]),)
)
_MEAN = Aggregation(function=Function.MEAN, window=LONG, field="pieces", name="mean_30m")
MORE_FEATURES = Project(
    name="shop", sources=(VISITS,), views=(_REPLACE(SMALL, aggregations=(*SMALL.aggregations, _MEAN)),)
)
GAP = Project(name="shop", sources=(clicks_stream(GAP_TOPIC),))
REFUSED = Project(name="shop", sources=(clicks_stream("."),))

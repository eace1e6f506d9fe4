"""The clickstream project: a shop's events, features of its users and event types, one propensity to buy."""

from __future__ import annotations

from datetime import timedelta

from featurestore.definitions import (
    DataType,
    Entity,
    FeatureService,
    FeatureView,
    Field,
    FileSource,
    KafkaSource,
    Label,
    OnViolation,
    Project,
    Schema,
    SessionEnds,
    aggregations_over,
)
from featurestore.definitions.features import AggregationFunction as Function

EVENT_NAMES = (
    "account_page",
    "add_to_cart",
    "cart",
    "catalog",
    "checkout_bug",
    "compare",
    "error_page",
    "filter_results",
    "home",
    "payment_details",
    "payment_error",
    "product_view",
    "promo_page",
    "purchase",
    "review_page",
    "search",
    "shipping_details",
    "support_chat",
    "wishlist_add",
)

SCHEMA = Schema(
    fields=(
        Field(name="event_id", data_type=DataType.INT64, minimum=1),
        Field(name="user_id", data_type=DataType.STRING, pattern="user_[0-9]+"),
        Field(name="session_id", data_type=DataType.STRING, pattern="sess_[0-9]+"),
        Field(name="event", data_type=DataType.STRING, allowed=EVENT_NAMES),
        Field(name="timestamp", data_type=DataType.TIMESTAMP),
        Field(
            name="platform",
            data_type=DataType.STRING,
            allowed=("desktop", "mobile", "tablet", "unknown"),
            default="unknown",
            on_violation=OnViolation.DEFAULT,
        ),
        Field(name="acquisition_channel", data_type=DataType.STRING, required=False),
        Field(name="user_cohort", data_type=DataType.STRING, required=False, pattern="[0-9]{4}-[0-9]{2}"),
        Field(name="user_lifecycle", data_type=DataType.STRING, required=False),
        # The public data set carries no quantity: an event without one counts as one piece.
        Field(name="quantity", data_type=DataType.INT64, required=False, default=1, minimum=0),
        Field(name="version", data_type=DataType.INT64, required=False, default=1, minimum=1),
        Field(name="is_deleted", data_type=DataType.BOOLEAN, required=False, default=False),
    ),
)

FILES = FileSource(
    name="clickstream",
    schema=SCHEMA,
    event_id=("event_id",),
    event_timestamp="timestamp",
    timezone="UTC",
    version="version",
    is_deleted="is_deleted",
    availability_delay=timedelta(0),
)
"""Past events; each counts as known when it happened."""

CLICKSTREAM = KafkaSource(
    name="clickstream",
    schema=SCHEMA,
    event_id=("event_id",),
    event_timestamp="timestamp",
    timezone="UTC",
    version="version",
    is_deleted="is_deleted",
    topic="clickstream",
    batch_source=FILES,
)

USER = Entity(name="user", join_keys=("user_id",))
EVENT_TYPE = Entity(name="event_type", join_keys=("event",))
WINDOWS = (
    timedelta(minutes=5),
    timedelta(hours=1),
    timedelta(days=1),
    timedelta(days=7),
    timedelta(days=30),
)

USER_ACTIVITY = FeatureView(
    name="user_activity",
    entity=USER,
    source="clickstream",
    aggregations=(
        *aggregations_over(WINDOWS, Function.COUNT),
        *aggregations_over(WINDOWS, Function.SUM, "quantity"),
        *aggregations_over(WINDOWS, Function.DISTINCT_COUNT, "session_id"),
        *aggregations_over(WINDOWS, Function.DISTINCT_COUNT, "event"),
        *aggregations_over(WINDOWS, Function.LAST, "event"),
        *aggregations_over(WINDOWS, Function.LAST, "platform"),
    ),
)

EVENT_TYPE_ACTIVITY = FeatureView(
    name="event_type_activity",
    entity=EVENT_TYPE,
    source="clickstream",
    aggregations=(
        *aggregations_over(WINDOWS, Function.COUNT),
        *aggregations_over(WINDOWS, Function.DISTINCT_COUNT, "user_id"),
    ),
)

PURCHASE_PROPENSITY = FeatureService(
    name="purchase_propensity",
    views=(USER_ACTIVITY, EVENT_TYPE_ACTIVITY),
    spine=SessionEnds(source="clickstream", entity=USER, session_field="session_id", carry=("event",)),
    label=Label(name="buys_within_24h", field="event", value="purchase", horizon=timedelta(hours=24)),
)

PURCHASE_WITHIN_WEEK = FeatureService(
    name="purchase_within_week",
    views=PURCHASE_PROPENSITY.views,
    spine=PURCHASE_PROPENSITY.spine,
    label=Label(name="buys_within_7d", field="event", value="purchase", horizon=timedelta(days=7)),
)
"""The same question over a week: common enough to judge a model by."""

PROJECT = Project(
    name="clickstream",
    sources=(CLICKSTREAM,),
    views=(USER_ACTIVITY, EVENT_TYPE_ACTIVITY),
    services=(PURCHASE_PROPENSITY, PURCHASE_WITHIN_WEEK),
)

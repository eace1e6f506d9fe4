"""Raw rows: what every reader hands to validation, whatever the format.

| column         | type                | meaning                                                            |
|----------------|---------------------|--------------------------------------------------------------------|
| `_coordinates` | string              | record key of where the row stands in its source; unique           |
| `_position`    | string              | the same for people: `<uri>#row 12`, `<topic>[0]@123`              |
| `_raw`         | string or struct    | the row as it came: text, or its columns (see `raw_text`)          |
| `_malformed`   | boolean             | the row could not be taken apart; `_fields` is null throughout     |
| `_unknown`     | map<string, string> | fields the schema does not name; null where there are none         |
| `_fields`      | struct, one a field | texts, or typed values where the format has types                  |

The underscore keeps these names apart from fields, whose names start with a letter. Place and raw row are
wanted for few rows: they are expressions that Spark leaves uncomputed where nobody looks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import functions as F
from pyspark.sql import types as T

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyspark.sql import Column, DataFrame

COORDINATES = "_coordinates"
POSITION = "_position"
RAW = "_raw"
MALFORMED = "_malformed"
UNKNOWN = "_unknown"
FIELDS = "_fields"
CORRUPT = "_corrupt_record"
"""In a struct of columns: the text of a row that could not be taken apart."""
COLUMNS = (COORDINATES, POSITION, RAW, MALFORMED, UNKNOWN, FIELDS)


def raw_text(kind: T.DataType) -> Column:
    """The raw row as text, from `_raw` of type `kind`: text as it came, columns as one JSON object."""
    if not isinstance(kind, T.StructType):
        return F.col(RAW)
    values = F.to_json(F.struct(*(F.col(f"{RAW}.`{name}`") for name in kind.names if name != CORRUPT)))
    whole = F.coalesce(F.col(f"{RAW}.{CORRUPT}"), values) if CORRUPT in kind.names else values
    return F.when(F.col(RAW).isNotNull(), whole)


def from_json_text(rows: DataFrame, *, text: str, names: Sequence[str]) -> DataFrame:
    """Takes JSON objects in column `text` apart; coordinates and position are carried over.

    Exactly one object per row: anything before or after it, arrays, bare values and bytes that are no UTF-8
    are malformed. Names are case-sensitive. Of a name that occurs twice the last value counts.
    """
    fields = ", ".join(f"`{name}` string" for name in names)
    given = F.col(text)
    # Spark's parsers stop silently after the first complete value. Wrapped in an array, only `]` can hide
    # what follows; wrapped in an object, only `}` can: text that passes both has nothing behind its object.
    parsed = F.from_json(
        _wrapped("[", given, "]"), f"array<struct<{fields}>>", {"allowSingleQuotes": "false"}
    )
    keys = F.json_object_keys(given)
    one_value = F.size(F.json_object_keys(_wrapped('{"":', given, "}"))) == 1
    readable = F.decode(given.cast("binary"), "UTF-8")
    whole = (
        (F.size("_objects") == 1)
        & one_value
        & keys.isNotNull()
        & (F.encode(readable, "UTF-8") == given.cast("binary"))
    )
    return (
        rows.withColumn("_objects", parsed)
        .withColumn("_whole", F.coalesce(whole, F.lit(False)))
        .withColumn("_strange", F.array_except(keys, F.array(*(F.lit(name) for name in names))))
        .select(
            COORDINATES,
            POSITION,
            readable.alias(RAW),
            (~F.col("_whole")).alias(MALFORMED),
            F.when(F.col("_whole") & (F.size("_strange") > 0), _unknown_of(given)).alias(UNKNOWN),
            F.when(F.col("_whole"), F.col("_objects")[0]).alias(FIELDS),
        )
    )


def _wrapped(before: str, text: Column, after: str) -> Column:
    return F.concat(F.lit(before), text, F.lit(after))


def _unknown_of(text: Column) -> Column:
    values = F.from_json(text, "map<string,string>", {"allowSingleQuotes": "false"})
    return F.map_filter(values, lambda name, _value: F.array_contains(F.col("_strange"), name))

"""Raw rows: what every reader hands to validation, whatever the format.

| column         | type                | meaning                                                            |
|----------------|---------------------|--------------------------------------------------------------------|
| `_coordinates` | string              | record key of where the row stands in its source; unique           |
| `_position`    | string              | the same for people: `<uri>#row 12`, `<topic>[0]@123`              |
| `_raw`         | string              | the row as it came, as text; JSON of the fields where it was typed |
| `_malformed`   | boolean             | the row could not be taken apart; `_fields` is null throughout     |
| `_unknown`     | map<string, string> | fields the schema does not name; null where there are none         |
| `_fields`      | struct, one a field | texts, or typed values where the format has types                  |

The underscore keeps these names apart from fields, whose names start with a letter.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import functions as F

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyspark.sql import Column, DataFrame

COORDINATES = "_coordinates"
POSITION = "_position"
RAW = "_raw"
MALFORMED = "_malformed"
UNKNOWN = "_unknown"
FIELDS = "_fields"
COLUMNS = (COORDINATES, POSITION, RAW, MALFORMED, UNKNOWN, FIELDS)


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

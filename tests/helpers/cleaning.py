"""A table whose history was cleaned away, by a real writer that keeps less than ours do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from featurestore.offline.hudi_table import reader_columns

if TYPE_CHECKING:
    from featurestore.offline.hudi_table import HudiTable

_EAGER = {
    "hoodie.clean.policy": "KEEP_LATEST_COMMITS",
    "hoodie.clean.commits.retained": "1",
    "hoodie.clean.trigger.max.commits": "1",
}


def clean_all_but_the_newest(table: HudiTable) -> None:
    """Commits a row that the table has, and keeps the files of this commit and of the one before alone."""
    rows = table.read_at(table.timeline().latest_visible())
    one = rows.select(*reader_columns(rows.columns)).limit(1)
    one.write.format("hudi").options(**{**table.options(), **_EAGER}).mode("append").save(table.uri)

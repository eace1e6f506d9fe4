"""Canonical rows and the digest of a table: equal content, equal digest, on every store and engine.

A canonical row is the key encoding (`featurestore.keys`) of name and value of each column that is not null,
columns sorted by name. Leaving nulls out keeps the digest of old rows when a nullable column is added. The
digest of a table is SHA-256 over the SHA-256 (hex) of each canonical row, rows sorted by the UTF-8 bytes of
their record key, rows of equal key by their own digest.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from featurestore.keys import Value, encode_part, value_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


def canonical_row(row: Mapping[str, Value]) -> str:
    """The canonical text of one row."""
    present = ((name, value_text(value)) for name, value in sorted(row.items()))
    return "".join(encode_part(name) + encode_part(text) for name, text in present if text is not None)


def row_digest(row: Mapping[str, Value]) -> str:
    """SHA-256 (hex) of the canonical row."""
    return hashlib.sha256(canonical_row(row).encode()).hexdigest()


def digest_of_sorted(row_digests: Iterable[str]) -> str:
    """SHA-256 (hex) over row digests that come sorted by record key."""
    whole = hashlib.sha256()
    for digest in row_digests:
        whole.update(digest.encode())
    return whole.hexdigest()


def table_digest(rows: Iterable[Mapping[str, Value]], *, key: str = "record_key") -> str:
    """The digest of rows in any order; each holds its record key in column `key`."""
    keyed = sorted((str(row[key]).encode(), row_digest(row)) for row in rows)
    return digest_of_sorted(digest for _, digest in keyed)

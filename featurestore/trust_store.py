"""Writes the certificate authorities that Python trusts on this machine as a file that Java reads."""

from __future__ import annotations

import hashlib
import ssl
import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

PASSWORD = "changeit"  # noqa: S105 - Java's well-known default; a trust store holds nothing secret
"""Guards against damage only: the digest at the end of the file is made with it."""

_MAGIC = 0xFEEDFEED
_VERSION = 2
_TRUSTED = 2
_SALT = b"Mighty Aphrodite"


def trusted_authorities() -> list[bytes]:
    """The authorities the administrator of this machine trusts, as Python sees them, in DER.

    Empty where Python keeps none in a file of its own.
    """
    return ssl.create_default_context().get_ca_certs(binary_form=True)


def write_trust_store(authorities: Sequence[bytes], path: Path) -> None:
    """Write certificates (DER) in Java's JKS format, version 2: a header, an entry for each, a digest."""
    entries = [_entry(number, certificate) for number, certificate in enumerate(authorities)]
    content = struct.pack(">III", _MAGIC, _VERSION, len(entries)) + b"".join(entries)
    digest = hashlib.sha1(PASSWORD.encode("utf-16-be") + _SALT + content, usedforsecurity=False).digest()
    path.write_bytes(content + digest)


def _entry(number: int, certificate: bytes) -> bytes:
    """One trusted certificate; it has no date, so that equal input gives equal bytes."""
    undated = struct.pack(">Q", 0)
    kind_and_alias = struct.pack(">I", _TRUSTED) + _text(f"authority-{number}")
    return kind_and_alias + undated + _text("X.509") + struct.pack(">I", len(certificate)) + certificate


def _text(value: str) -> bytes:
    encoded = value.encode("ascii")
    return struct.pack(">H", len(encoded)) + encoded

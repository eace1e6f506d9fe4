"""Lists of files with their digests that a run was fixed to, kept in the lake under the list's own digest.

<root>/_runs/inputs/<sha256>.json      [{"uri": ..., "sha256": ...}, ...]; created only if absent
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

import msgspec

from featurestore.errors import ArtifactNotFound, InvalidRequest
from featurestore.files import absolute_uri, exists, join_uri, list_names, write_new_text
from featurestore.json_files import json_text, read_json
from featurestore.offline.input_files import find_input

if TYPE_CHECKING:
    from collections.abc import Sequence

    from featurestore.definitions.sources import FileSource
    from featurestore.offline.input_files import InputFile

_PINNED = re.compile(r"files@(?P<digest>[0-9a-f]{64})")
_FOLDER = "_runs/inputs"


class PinnedFile(msgspec.Struct, frozen=True, kw_only=True):
    """One file and the SHA-256 (hex) of what it held."""

    uri: str
    sha256: str


def are_files(pinned: str) -> bool:
    """Whether this text stands for files, and not for ranges of a topic."""
    return pinned.startswith("files@")


def pin_files(files: Sequence[InputFile], *, root_uri: str) -> str:
    """Keeps the list and gives the text that stands for it, `files@<sha256>`; equal lists have one text."""
    listed = [PinnedFile(uri=absolute_uri(file.uri), sha256=file.sha256) for file in files]
    text = json_text(listed)
    digest = hashlib.sha256(text.encode()).hexdigest()
    write_new_text(_uri(root_uri, digest), text)
    return f"files@{digest}"


def pinned_files(pinned: str, source: FileSource, *, root_uri: str) -> tuple[InputFile, ...]:
    """The files of such a text, each held against its digest.

    Raises what `listed_files` raises, `InvalidRequest` for a file that holds something else now, `SourceNotFound` for
    one that is gone.
    """
    return tuple(_unchanged(one, source) for one in listed_files(pinned, root_uri=root_uri))


def listed_files(pinned: str, *, root_uri: str) -> list[PinnedFile]:
    """The list of such a text, none of its files looked at.

    Raises `InvalidRequest` for another text, `ArtifactNotFound` for a list that nobody kept, `ArtifactBroken`.
    """
    match = _PINNED.fullmatch(pinned)
    if match is None:
        raise InvalidRequest(
            "pinned", expected="files@ and a SHA-256, as pin-input gives it", received=pinned
        )
    uri = _uri(root_uri, match["digest"])
    if not exists(uri):
        known = [name.removesuffix(".json") for name in list_names(join_uri(root_uri, _FOLDER))]
        raise ArtifactNotFound("list of files", pinned, known=known, remedy="Pin the input again.")
    return read_json(uri, list[PinnedFile], expected="a list of files")


def _unchanged(pinned: PinnedFile, source: FileSource) -> InputFile:
    (found,) = find_input(source, path=pinned.uri)
    if found.sha256 != pinned.sha256:
        raise InvalidRequest(
            f"File {pinned.uri}", expected=f"what was pinned (SHA-256 {pinned.sha256})", received=found.sha256
        )
    return found


def _uri(root_uri: str, digest: str) -> str:
    return join_uri(root_uri, _FOLDER, f"{digest}.json")

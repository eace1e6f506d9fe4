"""Generations of a project's definitions under `<root>/_registry`, for many writers.

    <root>/_registry/<n>.json      n = 1, 2, 3 ...; created only if absent, never changed

Creating a file that is not there is all that a store must offer: of two writers of one number one succeeds.
"""

from __future__ import annotations

from datetime import datetime, timezone

import msgspec

from featurestore.definitions import Project, definition_hash
from featurestore.errors import ArtifactBroken, DefinitionError, RegistryMoved
from featurestore.files import join_uri, numbers_in, read_text, write_numbered
from featurestore.json_files import json_text


class Generation(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One state of the definitions: number 1, 2, 3 ..., when it was applied, and the project as JSON."""

    number: int
    applied_at: datetime
    """UTC."""
    project_hash: str
    code_version: str
    project: Project


class Registry:
    """The generations under one lake."""

    def __init__(self, root_uri: str) -> None:
        self._root = join_uri(root_uri, "_registry")

    def generations(self) -> list[int]:
        """The numbers of all generations, oldest first."""
        return numbers_in(self._root)

    def newest(self) -> Generation | None:
        """The generation in force; none before the first apply."""
        numbers = self.generations()
        return self.generation(numbers[-1]) if numbers else None

    def generation(self, number: int) -> Generation:
        """One generation; `ArtifactBroken` for a file that says something else than it did."""
        uri = join_uri(self._root, f"{number}.json")
        try:
            found = msgspec.json.decode(read_text(uri), type=Generation)
            stated, actual = found.project_hash, definition_hash(found.project)
        except (msgspec.DecodeError, DefinitionError) as error:
            raise ArtifactBroken(uri, expected="a generation of definitions", received=str(error)) from error
        if found.number != number or stated != actual:
            received = f"number {found.number}, hash {stated}"
            raise ArtifactBroken(uri, expected=f"number {number}, hash {actual}", received=received)
        return found

    def add(self, project: Project, *, after: int, code_version: str) -> Generation:
        """The project as generation `after + 1`; `RegistryMoved` where another writer made that one."""
        generation = Generation(
            number=after + 1,
            applied_at=datetime.now(timezone.utc),
            project_hash=definition_hash(project),
            code_version=code_version,
            project=project,
        )
        if not write_numbered(self._root, generation.number, json_text(generation)):
            found = self.generations()[-1]
            raise RegistryMoved("definitions", planned=f"generation {after}", found=f"generation {found}")
        return generation

"""The texts that tasks hand to one another: models by version, tables by commit, names made from both."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

from featurestore.config import load_profile
from featurestore.definitions import definition_hash, load_project
from featurestore.errors import InvalidRequest
from featurestore.instants import tables_from_text, tables_text
from pipelines.made_from import code_digest

if TYPE_CHECKING:
    from collections.abc import Sequence

_DIGITS = 12


def model_and_version(model: str) -> tuple[str, int]:
    """Name and number of `model@version`."""
    name, _, version = model.rpartition("@")
    if not name or not version.isdigit():
        raise InvalidRequest("model", expected="model@version, as train hands it on", received=model)
    return name, int(version)


def one_text(tables: Sequence[str]) -> str:
    """One text of what several tasks handed on."""
    return tables_text({name: instant for text in tables for name, instant in tables_from_text(text).items()})


def training_set_name(service: str, *made_from: str) -> str:
    """A name made of the service's definition, the code, and what the rows are made from."""
    defined = definition_hash(load_project(load_profile().project).service(service))
    digest = hashlib.sha256("\n".join([defined, code_digest(), *made_from]).encode()).hexdigest()
    return f"{service}-{digest[:_DIGITS]}"


def model_name(model: str, only: str) -> str:
    """The name of a model of rows that were chosen by a value (`field=value`): it ends in the value."""
    value = only.partition("=")[2]
    return re.sub("[^a-z0-9_]+", "-", f"{model}-{value}".lower()).strip("-") if only else model

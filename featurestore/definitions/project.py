"""A project: all definitions of one team, checked against each other, found by name."""

from __future__ import annotations

import importlib
import importlib.util
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from featurestore.definitions.base import Definition, checked_name, definition_hash, unique
from featurestore.definitions.features import FeatureService, FeatureView, check_view
from featurestore.definitions.schema import DataType
from featurestore.definitions.sources import FileSource, KafkaSource
from featurestore.errors import DefinitionError, FeatureStoreError, InvalidSetting, UnknownDefinition

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import ModuleType

DefinedT = TypeVar("DefinedT", FileSource | KafkaSource, FeatureView, FeatureService)

__all__ = ["Project", "definition_hash", "load_project"]


class Project(Definition, frozen=True, kw_only=True):
    """Sources, views and services that belong together.

    Raises `DefinitionError` where a view or service names what the project does not define or cannot compute.
    """

    name: str
    sources: tuple[FileSource | KafkaSource, ...]
    views: tuple[FeatureView, ...] = ()
    services: tuple[FeatureService, ...] = ()

    def __post_init__(self) -> None:
        super().__post_init__()
        subject = f"Project {self.name!r}"
        checked_name(subject, self.name)
        for kind, defined in (("sources", self.sources), ("views", self.views), ("services", self.services)):
            unique(f"{subject}, {kind}", [definition.name for definition in defined])
        for view in self.views:
            check_view(view, self.source(view.source).facts_schema)
        for service in self.services:
            self._check_service(service)

    def source(self, name: str) -> FileSource | KafkaSource:
        """The source of this name; `UnknownDefinition` lists the known ones."""
        return _find("source", name, self.sources)

    def view(self, name: str) -> FeatureView:
        """The feature view of this name; `UnknownDefinition` lists the known ones."""
        return _find("feature view", name, self.views)

    def service(self, name: str) -> FeatureService:
        """The feature service of this name; `UnknownDefinition` lists the known ones."""
        return _find("feature service", name, self.services)

    def _check_service(self, service: FeatureService) -> None:
        for view in service.views:
            if self.view(view.name) != view:
                raise DefinitionError(
                    f"FeatureService {service.name!r}",
                    expected=f"the project's view {view.name!r}",
                    received="another",
                )
        schema = self.source(service.spine.source).schema
        for name in service.spine_columns:
            schema.field(name)
        data_type = schema.field(service.label.field).data_type
        if data_type is not DataType.STRING:
            raise DefinitionError(
                f"FeatureService {service.name!r}, label {service.label.name!r}",
                expected="a string field for a label",
                received=data_type.value,
            )


def _find(kind: str, name: str, defined: Iterable[DefinedT]) -> DefinedT:
    known = {definition.name: definition for definition in defined}
    if name not in known:
        raise UnknownDefinition(kind, name, known=known)
    return known[name]


def load_project(reference: str) -> Project:
    """The `Project` at `package.module:attribute`, `PROJECT` where no attribute is named.

    `InvalidSetting` says which part was not found, and `DefinitionError` what Python found wrong in the module's
    text, and in which line.
    """
    module_name, _, attribute = reference.partition(":")
    module = _import(module_name, reference=reference)
    project = getattr(module, attribute or "PROJECT", None)
    if not isinstance(project, Project):
        expected = f"a Project named {attribute or 'PROJECT'!r} in module {module_name!r}"
        received = reference if project is None else f"{reference}, of type {type(project).__name__}"
        raise InvalidSetting("project", received=received, expected=expected)
    return project


def _import(name: str, *, reference: str) -> ModuleType:
    """The module of this name; the working directory counts too, as it does for `python -m`."""
    if "" not in sys.path and str(Path.cwd()) not in sys.path:
        sys.path.append(str(Path.cwd()))
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        expected = f"the name of a module that can be imported ({error.name!r} was not found)"
        raise InvalidSetting("project", received=reference, expected=expected) from error
    except FeatureStoreError:
        raise
    except Exception as error:
        if name and not name.startswith("."):
            raise _mistake(name, error) from error
        expected = "an absolute name such as package.module:PROJECT"
        raise InvalidSetting("project", received=reference, expected=expected) from error


def _mistake(name: str, error: Exception) -> DefinitionError:
    """What Python says of a module, with the last line of it that was at work."""
    if isinstance(error, SyntaxError):
        line, problem = error.lineno, error.msg
    else:
        spec = importlib.util.find_spec(name)
        frames = traceback.extract_tb(error.__traceback__)
        lines = [frame.lineno for frame in frames if spec is not None and frame.filename == spec.origin]
        line, problem = lines[-1] if lines else None, str(error) or type(error).__name__
    where = f"module {name}" if line is None else f"module {name}, line {line}"
    received = f"{type(error).__name__}: {problem}"
    return DefinitionError(where, expected="definitions that Python can read", received=received)

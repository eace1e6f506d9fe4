"""What separates two states of a project's definitions, and which of it breaks what exists."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from featurestore.definitions.compatibility import next_versions
from featurestore.definitions.view_changes import added_features, changed_features, computed_view
from featurestore.errors import SchemaIncompatible

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from featurestore.definitions import FeatureService, FeatureView, FileSource, KafkaSource, Project

    Defined = FileSource | KafkaSource | FeatureView | FeatureService


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One definition that differs.

    `action` is `new`, `changed` or `removed`; `breaking` says why it cannot be applied as it stands, and is empty
    where it can. `tables` are those that the change concerns, `services` those that read them.
    """

    kind: str
    name: str
    action: str
    detail: str
    breaking: str = ""
    tables: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    recompute: str = ""
    """`all` rows of the view, `columns` added to all rows, or nothing."""


def changes_between(before: Project | None, after: Project) -> tuple[Change, ...]:
    """Every difference, sources first, then views, then services, each by name."""
    changes: list[Change] = []
    for kind, compare in (("sources", _source), ("views", _view), ("services", _service)):
        old = {one.name: one for one in getattr(before, kind)} if before else {}
        new = {one.name: one for one in getattr(after, kind)}
        for name in sorted({*old, *new}):
            change = compare(old.get(name), new.get(name), before, after)
            if change is not None:
                changes.append(change)
    return tuple(changes)


def _source(
    old: FileSource | KafkaSource | None,
    new: FileSource | KafkaSource | None,
    before: Project | None,
    after: Project,
) -> Change | None:
    if old == new:
        return None
    one = new or old
    assert one is not None  # noqa: S101 - one of the two is there
    name = one.name
    tables = (f"events/{name}", f"quarantine/{name}")
    project = after if new else before
    services = _services(project, lambda service: service.spine.source == name)
    if old is None or new is None:
        action, detail = ("new", "a source") if new else ("removed", "its tables stay as they are")
        return Change(
            kind="source", name=name, action=action, detail=detail, tables=tables, services=services
        )
    return Change(
        kind="source",
        name=name,
        action="changed",
        detail=f"other {', '.join(_differing(old, new))}",
        breaking=_source_break(old, new),
        tables=tables,
        services=services,
    )


def _source_break(old: FileSource | KafkaSource, new: FileSource | KafkaSource) -> str:
    try:
        versions = next_versions(old, old.schema, ())
        next_versions(new, new.schema, versions)
    except SchemaIncompatible as error:
        return str(error)
    return ""


def _view(
    old: FeatureView | None, new: FeatureView | None, before: Project | None, after: Project
) -> Change | None:
    if new is None:
        assert old is not None and before is not None  # noqa: S101, PT018 - one of the two is there
        return Change(
            kind="view", name=old.name, action="removed", detail="its table stays", tables=(old.table,)
        )
    services = _services(after, lambda service: new.name in {view.name for view in service.views})
    computed = computed_view(new, after.source(new.source))
    if old is None or before is None:
        detail = f"{len(new.feature_names)} features of {new.entity.name}"
        return Change(
            kind="view", name=new.name, action="new", detail=detail, tables=(new.table,), services=services,
            recompute="all",
        )  # fmt: skip
    was = computed_view(old, before.source(old.source))
    if was == computed:
        return None
    detail, breaking, recompute = _view_difference(
        old, new, added_features(was, computed), changed_features(was, computed)
    )
    return Change(
        kind="view", name=new.name, action="changed", detail=detail, breaking=breaking, tables=(new.table,),
        services=services, recompute=recompute,
    )  # fmt: skip


def _view_difference(
    old: FeatureView, new: FeatureView, added: tuple[str, ...] | None, changed: tuple[str, ...]
) -> tuple[str, str, str]:
    """What differs, what it breaks, and what is to be computed."""
    if new.version > old.version:
        return f"version {old.version} to {new.version}, a table of its own", "", "all"
    if new.version < old.version:
        breaking = f"version {new.version} is older than {old.version}; versions only grow"
        return f"version {old.version} to {new.version}", breaking, ""
    if added is None:
        what = ", ".join(changed) or "its entity or source"
        return f"changes or lacks {what}", f"give the view version {old.version + 1}", ""
    return (f"adds {', '.join(added)}", "", "columns") if added else ("its order of features", "", "")


def _service(
    old: FeatureService | None, new: FeatureService | None, _before: Project | None, _after: Project
) -> Change | None:
    if old == new:
        return None
    if old is None or new is None:
        action = "new" if new else "removed"
        one = new or old
        assert one is not None  # noqa: S101 - one of the two is there
        return Change(kind="service", name=one.name, action=action, detail="", services=(one.name,))
    detail = (
        f"other {', '.join(_differing(old, new))}: new training sets and models differ from those there are"
    )
    return Change(kind="service", name=new.name, action="changed", detail=detail, services=(new.name,))


def _services(project: Project | None, concerned: Callable[[FeatureService], bool]) -> tuple[str, ...]:
    services: Iterable[FeatureService] = project.services if project else ()
    return tuple(service.name for service in services if concerned(service))


def _differing(old: Defined, new: Defined) -> list[str]:
    """The parts in which two definitions differ."""
    if type(old) is not type(new):
        return ["kind"]
    names = (field.name for field in msgspec.structs.fields(type(old)))
    return sorted(name for name in names if getattr(old, name) != getattr(new, name))

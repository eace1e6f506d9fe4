"""What a view's values depend on, and which change of it keeps them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from featurestore.definitions.base import Definition
from featurestore.definitions.derived import DerivedColumn
from featurestore.definitions.features import FeatureView

if TYPE_CHECKING:
    from featurestore.definitions.sources import FileSource, KafkaSource


class ComputedView(Definition, frozen=True, kw_only=True):
    """A view with the derived columns of its source that it uses: equal ones give equal values."""

    view: FeatureView
    transform: tuple[DerivedColumn, ...] = ()


def computed_view(view: FeatureView, source: FileSource | KafkaSource) -> ComputedView:
    """What the view's values depend on, beside the events."""
    used = {*view.entity.join_keys, *(one.field for one in view.aggregations if one.field is not None)}
    transform = []
    for column in reversed(source.transform):
        if column.name in used:
            used |= column.uses
            transform.append(column)
    return ComputedView(view=view, transform=tuple(reversed(transform)))


def added_features(old: ComputedView, new: ComputedView) -> tuple[str, ...] | None:
    """The features that `new` has beside those of `old`; `None` where it changes or lacks any of them."""
    same = ("name", "entity", "source", "version")
    if any(getattr(old.view, name) != getattr(new.view, name) for name in same):
        return None
    if not _holds(new.view.aggregations, old.view.aggregations) or not _holds(
        new.view.features, old.view.features
    ):
        return None
    if not _holds(new.transform, old.transform):
        return None
    return tuple(name for name in new.view.feature_names if name not in old.view.feature_names)


def changed_features(old: ComputedView, new: ComputedView) -> tuple[str, ...]:
    """The features of `old` that `new` lacks or defines otherwise, sorted."""
    now, before = _by_name(new.view), _by_name(old.view)
    moved = {name for name, one in before.items() if now.get(name) != one}
    derived = {one.name for one in old.transform if one not in new.transform}
    return tuple(sorted(moved | {one.name for one in old.view.aggregations if one.field in derived}))


def _by_name(view: FeatureView) -> dict[str, Definition]:
    aggregations: dict[str, Definition] = {one.name: one for one in view.aggregations}
    return aggregations | {one.name: one for one in view.features}


def _holds(all_of: tuple[Definition, ...], some: tuple[Definition, ...]) -> bool:
    return all(one in all_of for one in some)

"""A rule of a SparkApplication: what must hold, why, and what to do where it does not."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from featurestore.config import Profile

ROLES = ("driver", "executor")


class Level(Enum):
    """Whether a finding stops a submit."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, kw_only=True)
class Application:
    """A manifest and the place that it is for."""

    manifest: dict[str, Any]
    profile: Profile

    @property
    def spec(self) -> dict[str, Any]:
        """What is asked for."""
        found: dict[str, Any] = self.manifest.get("spec") or {}
        return found

    @property
    def metadata(self) -> dict[str, Any]:
        """Name, namespace, labels."""
        found: dict[str, Any] = self.manifest.get("metadata") or {}
        return found

    @property
    def conf(self) -> dict[str, str]:
        """Spark's and Hadoop's settings, the latter with Spark's prefix."""
        hadoop = {
            f"spark.hadoop.{name}": value for name, value in (self.spec.get("hadoopConf") or {}).items()
        }
        return {**hadoop, **(self.spec.get("sparkConf") or {})}

    def role(self, name: str) -> dict[str, Any]:
        """The driver's or the executors' part."""
        found: dict[str, Any] = self.spec.get(name) or {}
        return found

    def roles(self) -> Iterable[tuple[str, dict[str, Any]]]:
        """Both parts by name."""
        return ((name, self.role(name)) for name in ROLES)


@dataclass(frozen=True, kw_only=True)
class Rule:
    """`find` gives the places where it does not hold, each with what stands there."""

    name: str
    """Its id, stable for ever: a letter for the subject and three digits."""
    holds: str
    """What must hold, as one clause."""
    why: str
    """What happens otherwise."""
    fix: str
    """What to do, as an order."""
    find: Callable[[Application], Iterable[tuple[str, object]]]
    level: Level = Level.ERROR


@dataclass(frozen=True, kw_only=True)
class Finding:
    """A place where a rule does not hold."""

    rule: str
    level: str
    application: str
    where: str
    received: str
    holds: str
    why: str
    fix: str

    @property
    def line(self) -> str:
        """All of it as one line."""
        return (
            f"{self.application}: {self.rule} {self.level} {self.where}: {self.holds}; got {self.received}. "
            f"{self.why} {self.fix}"
        )

"""Two ways to do the same, measured in pairs: seconds of each side, and their ratio."""

from __future__ import annotations

import statistics
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

Sample = TypeVar("Sample")


class NothingToCompare(Exception):
    """The two sides did not do the same, or one of them failed; says which and how."""


@dataclass(frozen=True, kw_only=True)
class Pair:
    """Seconds of both sides, measured one after the other."""

    ours: float
    rival: float

    @property
    def ratio(self) -> float:
        """Above 1 where ours took longer."""
        return self.ours / self.rival


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """What one benchmark found."""

    benchmark: str
    ours: str
    rival: str
    sizes: Mapping[str, int]
    pairs: Sequence[Pair]
    target: float | None = None
    """The greatest ratio that is good enough; none where none is stated."""
    more: Mapping[str, Any] = field(default_factory=dict)
    """What else was measured, by name."""

    @property
    def ratio(self) -> float:
        """The median of the pairs' ratios."""
        return statistics.median(pair.ratio for pair in self.pairs)

    @property
    def interval(self) -> tuple[float, float]:
        """The least and the greatest of the pairs' ratios."""
        ratios = [pair.ratio for pair in self.pairs]
        return min(ratios), max(ratios)

    @property
    def seconds(self) -> tuple[float, float]:
        """The median seconds of ours and of the rival."""
        ours, rival = ([getattr(pair, side) for pair in self.pairs] for side in ("ours", "rival"))
        return statistics.median(ours), statistics.median(rival)

    def as_json(self) -> dict[str, Any]:
        """All of it, with every pair, as JSON takes it."""
        return {
            "benchmark": self.benchmark,
            "ours": self.ours,
            "rival": self.rival,
            "sizes": dict(self.sizes),
            "ratio_median": round(self.ratio, 3),
            "ratio_interval": [round(end, 3) for end in self.interval],
            "target": self.target,
            "seconds": {
                "ours": [round(pair.ours, 3) for pair in self.pairs],
                "rival": [round(pair.rival, 3) for pair in self.pairs],
            },
            **self.more,
        }


def in_turns(
    measure: Callable[[str], Sample], ours: str, rival: str, *, pairs: int
) -> dict[str, list[Sample]]:
    """Measures both sides so often, in the order rival, ours, ours, rival and so on.

    What drifts while it runs, such as a machine that grows warm, then weighs on both sides alike.
    """
    samples: dict[str, list[Sample]] = {ours: [], rival: []}
    for pair in range(pairs):
        for name in (rival, ours) if pair % 2 == 0 else (ours, rival):
            samples[name].append(measure(name))
    return samples


def paired(ours: Sequence[float], rival: Sequence[float]) -> list[Pair]:
    """The seconds of both sides as pairs."""
    return [Pair(ours=one, rival=other) for one, other in zip(ours, rival, strict=True)]

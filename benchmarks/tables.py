"""Comparisons and their conditions as tables for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from benchmarks.comparison import Comparison

_TENTHS_FROM = 10
"""Seconds from which on a tenth is exact enough."""


def conditions_block(stated: Mapping[str, str]) -> Table:
    """Conditions, one a line."""
    block = Table.grid(padding=(0, 2))
    for name, value in stated.items():
        block.add_row(name, value)
    return block


def results_table(found: Sequence[Comparison]) -> Table:
    """One line a benchmark."""
    table = Table()
    for heading in ("benchmark", "what against what", "size"):
        table.add_column(heading)
    for heading in ("ratio", "interval", "seconds", "target"):
        table.add_column(heading, justify="right", no_wrap=True)
    for one in found:
        table.add_row(*results_line(one))
    return table


def results_line(one: Comparison) -> tuple[str, ...]:
    """A benchmark's cells, in the order of the headings; seconds are ours, then the rival's."""
    least, greatest = one.interval
    ours, rival = one.seconds
    return (
        one.benchmark,
        f"{one.ours} against {one.rival}",
        ", ".join(f"{value:,} {name if value != 1 else name[:-1]}" for name, value in one.sizes.items()),
        f"{one.ratio:.2f}",
        f"{least:.2f} to {greatest:.2f}",
        f"{_seconds(ours)} / {_seconds(rival)}",
        "" if one.target is None else f"at most {one.target:g}",
    )


def _seconds(seconds: float) -> str:
    return f"{seconds:.1f}" if seconds >= _TENTHS_FROM else f"{seconds:.2f}"

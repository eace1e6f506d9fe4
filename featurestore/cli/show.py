"""Renders answers for people: a headline, their values, and a table for each list in them."""

from __future__ import annotations

from dataclasses import asdict, is_dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

import msgspec
from rich.console import Console, Group
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from featurestore.cli.headlines import headline_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from rich.console import RenderableType

_PLAIN_WIDTH = 120
"""Columns where standard output is no terminal."""

_UNBOUNDED = 100_000
"""Wider than any table."""

_MOST_NAMED = 5
"""How many entries of a plain list are shown."""

_TABLES: dict[str, tuple[str, ...]] = {
    "rejections": (),
    "commits": ("requested", "counts"),
    "rows": (),
    "changes": ("tables",),
    "models": (),
    "gate": (),
}
"""Fields that are tables of their own, with the columns that only JSON gives."""

_NAMES_OF_DIGITS = {"process_id"}
"""Numbers that count nothing: they are copied as they are."""

_SAID_ELSEWHERE = {"step", "columns", "curves", "importance", "drift"}
"""Of no use between other values; JSON has them, and a page draws most."""


def show(answer: object, console: Console | None = None) -> None:
    """Prints a report, or any mapping of plain values."""
    target = console or _standard_output()
    values = _values(answer)
    headline = headline_of(answer)
    if headline is None:
        target.print(_grid(_labelled(values)))
        return
    target.print(Text(headline, style="bold"))
    listed = {name: values[name] for name in _TABLES if isinstance(values.get(name), tuple)}
    apart = _SAID_ELSEWHERE | set(listed)
    target.print(_grid(_labelled({name: value for name, value in values.items() if name not in apart})))
    for name, entries in listed.items():
        if entries:
            target.print()
            target.print(_listing([_values(entry) for entry in entries], target, left_out=_TABLES[name]))


def cell(value: object) -> str:
    """A value as text: thousands separated, times in UTC, nothing that could steer a terminal."""
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:,.6g}"
    if isinstance(value, datetime):
        return _time(value)
    text = str(value)
    return text if text.isprintable() else "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


def _standard_output() -> Console:
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=_PLAIN_WIDTH)


def _values(answer: Any) -> dict[str, Any]:
    if isinstance(answer, msgspec.Struct):
        return msgspec.structs.asdict(answer)
    return asdict(answer) if is_dataclass(answer) and not isinstance(answer, type) else dict(answer)


def _grid(lines: Iterable[tuple[str, str]]) -> Table:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(no_wrap=True, style="dim")
    grid.add_column(overflow="fold")
    for label, text in lines:
        grid.add_row(Text(label), Text(text))
    return grid


def _labelled(values: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    """Label and text of each value; a mapping gives a line an entry, of a long list come the first."""
    for name, value in values.items():
        label = name if "/" in name else name.replace("_", " ")
        if isinstance(value, dict):
            yield from ((f"{label}, {inner}", text) for inner, text in _labelled(value))
        elif isinstance(value, list | tuple):
            more = f" and {len(value) - _MOST_NAMED:,} more" if len(value) > _MOST_NAMED else ""
            yield label, "\n".join(cell(item) for item in value[:_MOST_NAMED]) + more if value else "none"
        else:
            yield label, str(value) if name in _NAMES_OF_DIGITS else cell(value)


def _listing(rows: list[dict[str, Any]], console: Console, *, left_out: tuple[str, ...]) -> RenderableType:
    """A table, or where it is too wide for the console a block a row."""
    columns = [name for name in dict.fromkeys(name for row in rows for name in row) if name not in left_out]
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for name in columns:
        numbers = all(isinstance(row.get(name), int | float | None) for row in rows)
        table.add_column(Text(name), justify="right" if numbers else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(_as_stored(row.get(name))) for name in columns))
    widest = Measurement.get(console, console.options.update(max_width=_UNBOUNDED), table).maximum
    return table if widest <= console.width else Group(*_blocks(rows, columns))


def _blocks(rows: list[dict[str, Any]], columns: list[str]) -> Iterable[RenderableType]:
    for number, row in enumerate(rows, start=1):
        yield Text(f"row {number:,}", style="bold")
        yield _grid((name, _as_stored(row.get(name))) for name in columns)


def _as_stored(value: object) -> str:
    """A value of a row: numbers as they are, because some of them are names."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return str(value) if is_number else cell(value)


def _time(value: datetime) -> str:
    utc = value.astimezone(timezone.utc)
    text = f"{utc:%Y-%m-%d %H:%M:%S}"
    return (
        f"{text}.{utc.microsecond:06d}".rstrip("0").rstrip(".") + " UTC" if utc.microsecond else f"{text} UTC"
    )

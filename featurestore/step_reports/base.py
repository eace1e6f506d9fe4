"""What all reports have in common."""

from __future__ import annotations

from typing import Any

import msgspec


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """Base of all reports; `step` is the step's name."""

    step: str

    def to_json(self) -> dict[str, Any]:
        """Plain data for JSON; times are ISO 8601 text, numbers that are none (NaN, infinity) become null."""
        built: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(self))
        return built

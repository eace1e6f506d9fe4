"""Templates of manifests: filled in a sandbox, and read back as data before anyone sees them."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from featurestore.errors import MissingPart

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jinja2 import Environment, Template

_WHAT = "manifests"
_WIDEST_SHORT = 0xFFFF
_HERE = Path(__file__).parent


def filled(template: str, values: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The documents of a template as data; a value that it names and `values` lacks is an error.

    `template` is the path of its file below `manifests`.
    """
    return list(yaml.safe_load_all(_template(template).render(values)))


@cache
def _template(name: str) -> Template:
    # In an installed package, and in a checkout.
    places = (_HERE / "templates" / Path(name).name, _HERE.parent / "manifests" / name)
    found = next((place for place in places if place.is_file()), None)
    if found is None:
        raise MissingPart(name, needed_for=_WHAT, remedy="Install featurestore again.")
    return environment().from_string(found.read_text(encoding="utf-8"))


def environment() -> Environment:
    """A sandbox in which a name without a value is an error."""
    try:
        from jinja2 import StrictUndefined
        from jinja2.sandbox import SandboxedEnvironment
    except ImportError as error:
        raise MissingPart("jinja2", needed_for=_WHAT, remedy="Install `featurestore[kubernetes]`.") from error
    # No page of HTML comes out of it: every value is written as JSON, which YAML reads as it is.
    made = SandboxedEnvironment(undefined=StrictUndefined, autoescape=False)
    made.policies["json.dumps_function"] = _dumps
    return made


def _dumps(value: object, **_: object) -> str:
    """JSON in ASCII that YAML reads as the same: a character beyond is one escape, where JSON would write two."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True)
    return re.sub("[^ -~]", lambda found: _escape(ord(found[0])), text)


def _escape(code: int) -> str:
    return f"\\u{code:04x}" if code <= _WIDEST_SHORT else f"\\U{code:08x}"

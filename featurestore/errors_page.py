"""The page that explains every error, made from the error classes themselves.

python -m featurestore.errors_page docs      writes docs/errors.md
"""

from __future__ import annotations

import inspect
import re
import sys
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

from featurestore import errors
from featurestore.errors import FeatureStoreError, Retryable

if TYPE_CHECKING:
    from collections.abc import Iterator

_OPENING = """# Errors

What featurestore refuses or cannot finish, it says in one line on standard error: what was expected, what came, and
in the last sentence what to do next. With `--json` standard output holds
`{"error": {"type", "message", "exit_code", "attributes"}}`. In Python it is an exception of the tree below, with the
same attributes. This page is made from the code by `make docs`.

| code | meaning |
|---|---|
| 0 | done |
| 1 | the step ran and failed, or featurestore has a defect |
| 2 | the request, a definition or a setting must change |
| 130 | interrupted |

Not every failure is a class of the tree:

| `type` | code | what happened |
|---|---|---|
| `WrongUse` | 2 | no such command, option or argument; `--help` lists those there are |
| `Interrupted` | 130 | Ctrl-C; nothing half-written stays, and the same command run again resumes |
| `OSError`, `PermissionError` | 1 | the machine refused: the disk or a quota is full, the file system is read-only, \
permission is denied, or too many files are open |
| another name | 1 | a defect; the message names the crash report, which holds the traceback |

## The tree
"""

_WORDS = {
    "str": "text",
    "str | None": "text or null",
    "bool": "true or false",
    "int": "whole number",
    "int | None": "whole number or null",
    "float": "number",
    "datetime": "time",
    "datetime | None": "time or null",
    "object": "any value",
    "Iterable[str]": "list of texts",
    "Mapping[str, str]": "object of texts",
}
"""How the page calls an annotation."""

_COLUMNS = 118


def errors_page() -> str:
    """The page in Markdown: exit codes, the tree, and a section for each branch."""
    sections = [_section(kind) for kind in _below(FeatureStoreError) if not is_concrete(kind)]
    return "\n".join([_OPENING, _drawing(), *sections])


def concrete_errors() -> tuple[type[FeatureStoreError], ...]:
    """The classes that are raised themselves, in the order of the drawing."""
    return tuple(kind for kind in _below(FeatureStoreError) if is_concrete(kind))


def is_concrete(kind: type[FeatureStoreError]) -> bool:
    """Whether a class is raised itself: it makes its message then, and a branch makes none."""
    return "__init__" in vars(kind)


def attributes_of(kind: type[FeatureStoreError]) -> dict[str, str]:
    """Names and types of what an error carries, those it inherits last."""
    found: dict[str, str] = {}
    for one in kind.__mro__:
        if issubclass(one, FeatureStoreError) and is_concrete(one):
            parameters = inspect.signature(one).parameters.values()
            found |= {each.name: _WORDS[each.annotation] for each in parameters if each.name not in found}
    return found


def _below(kind: type[FeatureStoreError]) -> Iterator[type[FeatureStoreError]]:
    """All classes below one, parents first, siblings as they are drawn."""
    ours = [one for one in kind.__subclasses__() if one.__module__.startswith(f"{errors.__name__}.")]
    for child in sorted(ours, key=_place):
        yield child
        yield from _below(child)


def _place(kind: type[FeatureStoreError]) -> int:
    """Where a class stands in the drawing."""
    found = re.search(rf"── {kind.__name__}\b", errors.__doc__ or "")
    return found.start() if found else -1


def _drawing() -> str:
    """The tree as the package's docstring draws it."""
    lines = inspect.cleandoc(errors.__doc__ or "").splitlines()
    drawn = [line.removeprefix("    ") for line in lines if line.startswith("    ")]
    return "\n".join(["```", *drawn, "```", ""])


def _section(branch: type[FeatureStoreError]) -> str:
    """A branch and the errors on it, those that are kinds of one of them included."""
    above = branch.__mro__[1].__name__
    place = "" if above == FeatureStoreError.__name__ else f" A branch of [{above}](#{above.lower()})."
    opening = f"{inspect.getdoc(branch)} Exit code {branch.exit_code}.{place}"
    own = [kind for kind in _below(branch) if is_concrete(kind) and _branch(kind) is branch]
    return "\n".join([f"## {branch.__name__}\n", opening, "", *(_entry(kind) for kind in own)])


def _branch(kind: type[FeatureStoreError]) -> type[FeatureStoreError]:
    """The nearest branch above an error."""
    return next(
        one for one in kind.__mro__[1:] if issubclass(one, FeatureStoreError) and not is_concrete(one)
    )


def _entry(kind: type[FeatureStoreError]) -> str:
    """One error: what it is, why it comes, what to do, and what it carries."""
    retry = (
        "the same call may pass when it is made again"
        if issubclass(kind, Retryable)
        else "a retry alone does not help"
    )
    carried = ", ".join(f"`{name}` ({words})" for name, words in attributes_of(kind).items())
    points = {
        "Cause": kind.cause,
        "Next move": kind.next_move,
        "Exit code": f"{kind.exit_code}; {retry}.",
        "Attributes": f"{carried}.",
    }
    lines = [_wrapped(f"- **{title}:** {text}", further="  ") for title, text in points.items()]
    return "\n".join([f"### {kind.__name__}\n", inspect.getdoc(kind) or "", "", *lines, ""])


def _wrapped(text: str, *, further: str) -> str:
    return textwrap.fill(
        text, _COLUMNS, subsequent_indent=further, break_on_hyphens=False, break_long_words=False
    )


def main(folder: str) -> None:
    """Writes the page into a folder."""
    (Path(folder) / "errors.md").write_text(errors_page(), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])

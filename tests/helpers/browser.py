"""A real browser without a window, and what it finds in a page that is opened from disk."""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

from tests.helpers.missing import missing

if TYPE_CHECKING:
    from pathlib import Path

_NAMES = ("chromium", "chromium-browser", "google-chrome")
_FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--allow-file-access-from-files",
    "--force-color-profile=srgb",
    "--virtual-time-budget=5000",
    "--enable-logging=stderr",
]

# Opens the page in a frame of a given width and writes down what the browser made of it.
_LOOK = """<!doctype html><meta charset="utf-8"><body><script>
const frame = document.createElement("iframe");
frame.style = "width:%(width)dpx;height:900px;border:0";
frame.onload = () => {
  const page = frame.contentDocument, root = page.documentElement;
  const drawings = [...page.querySelectorAll("svg")].map(one => one.getBoundingClientRect());
  const found = {
    title: page.title, width: root.scrollWidth, height: root.scrollHeight,
    drawings: drawings.map(one => [Math.round(one.width), Math.round(one.height)]),
    loaded: frame.contentWindow.performance.getEntriesByType("resource").map(one => one.name),
    words: page.body.innerText,
  };
  const answer = document.createElement("pre");
  answer.textContent = JSON.stringify(found);
  document.body.replaceChildren(answer);
};
frame.src = %(page)s;
document.body.append(frame);
</script></body>"""


def look_at(page: Path, *, width: int) -> dict[str, Any]:
    """What the page at this path is in a window of so many pixels; what was complained of is under `complaints`."""
    look = page.with_name(f"look-{width}.html")
    look.write_text(_LOOK % {"width": width, "page": json.dumps(page.as_uri())}, encoding="utf-8")
    done = _run(page, "--dump-dom", look.as_uri())
    answer = re.search(r"<pre>(.*)</pre>", done.stdout, re.DOTALL)
    assert answer, done.stderr
    found: dict[str, Any] = json.loads(html.unescape(answer.group(1)))
    complaints = [line for line in done.stderr.splitlines() if "CONSOLE" in line]
    return {**found, "complaints": complaints}


def screenshot(page: Path, picture: Path, *, width: int, height: int) -> None:
    """Writes what the page looks like as a PNG."""
    _run(page, f"--screenshot={picture}", f"--window-size={width},{height}", page.as_uri())


def _run(page: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    program = next((found for name in _NAMES if (found := shutil.which(name))), None)
    if program is None:
        missing("Chromium (on Debian: the package chromium)")
    profile = page.with_name("browser")
    return subprocess.run(
        [program, *_FLAGS, f"--user-data-dir={profile}", *arguments],
        check=True,
        capture_output=True,
        text=True,
        timeout=120,
    )

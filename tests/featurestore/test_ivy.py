"""The resolver's own jar."""

from __future__ import annotations

import subprocess
import sys

import pytest

from featurestore.errors import MissingPart
from featurestore.ivy import resolver_jar


def test_the_resolver_is_found_without_importing_spark() -> None:
    call = "from featurestore.ivy import resolver_jar; resolver_jar()"
    program = f"import sys; {call}; print('pyspark' in sys.modules)"

    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert answer.stdout.strip() == "False"


def test_without_pyspark_the_remedy_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [])
    monkeypatch.delitem(sys.modules, "pyspark", raising=False)

    with pytest.raises(MissingPart, match=r"featurestore\[spark\]"):
        resolver_jar()

"""The trust store, read back by Java itself."""

from __future__ import annotations

import ssl
import subprocess
from typing import TYPE_CHECKING

from featurestore.java import find_java
from featurestore.trust_store import PASSWORD, trusted_authorities, write_trust_store

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

# A certificate authority made for this test; its key was never kept.
AUTHORITY = ssl.PEM_cert_to_DER_cert("""-----BEGIN CERTIFICATE-----
MIIBpDCCAUmgAwIBAgIUHoUuw9nkiOQKw3yHT6wuPh0amhAwCgYIKoZIzj0EAwIw
JjEkMCIGA1UEAwwbZmVhdHVyZXN0b3JlIHRlc3QgYXV0aG9yaXR5MCAXDTI2MTEy
MjA2MDM0MloYDzIxMjYxMDI5MDYwMzQyWjAmMSQwIgYDVQQDDBtmZWF0dXJlc3Rv
cmUgdGVzdCBhdXRob3JpdHkwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAS9P4MJ
6FyAJF9AUjUodsXxcG4YOCLUqLhYtK3gB4520kaQXqLq3+BG4OBZeZ/UYiSkMnBq
8rseDxry5vClZgImo1MwUTAdBgNVHQ4EFgQUFmU/Y+XRQ2P2jffpZkfpjFFVguUw
HwYDVR0jBBgwFoAUFmU/Y+XRQ2P2jffpZkfpjFFVguUwDwYDVR0TAQH/BAUwAwEB
/zAKBggqhkjOPQQDAgNJADBGAiEAhfv/4tVIeEqAbyRjQK4KKNlUAuGgQXAnqCJQ
VgRBV2cCIQDEjMOccECsGehEi8B89tGlThfOG6m5LuQiDMXAWSSm4Q==
-----END CERTIFICATE-----
""")
FINGERPRINT = (
    "E9:D7:AF:6A:1D:48:EE:06:8E:20:6E:ED:7A:04:E5:0A:3C:33:61:6D:DE:16:38:D3:02:F2:91:BC:8A:8F:A4:6D"
)


def listed(path: Path) -> str:
    """What Java's own key tool says the file holds."""
    tool = "java.base/sun.security.tools.keytool.Main"
    asked = ["-list", "-keystore", str(path), "-storetype", "JKS", "-storepass", PASSWORD]
    command = [str(find_java().executable), "-m", tool, *asked]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    return answer.stdout


def test_java_reads_what_was_written(tmp_path: Path) -> None:
    write_trust_store([AUTHORITY], tmp_path / "trusted.jks")

    words = listed(tmp_path / "trusted.jks")

    assert "authority-0" in words
    assert FINGERPRINT in words


def test_java_notices_a_damaged_file(tmp_path: Path) -> None:
    path = tmp_path / "trusted.jks"
    write_trust_store([AUTHORITY], path)
    path.write_bytes(path.read_bytes()[:-1] + b"?")

    assert "authority-0" not in listed(path)


def test_the_same_authorities_give_the_same_bytes(tmp_path: Path) -> None:
    write_trust_store([AUTHORITY], tmp_path / "first")
    write_trust_store([AUTHORITY], tmp_path / "second")

    assert (tmp_path / "first").read_bytes() == (tmp_path / "second").read_bytes()


def test_the_authorities_are_those_python_trusts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bundle = tmp_path / "bundle.pem"
    bundle.write_text(ssl.DER_cert_to_PEM_cert(AUTHORITY))
    monkeypatch.setenv("SSL_CERT_FILE", str(bundle))

    assert trusted_authorities() == [AUTHORITY]

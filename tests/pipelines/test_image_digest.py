"""Images by their digests, as a real registry on this machine gives them."""

from __future__ import annotations

import http.client
import os
import shutil
import socket
import subprocess
import time
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from featurestore.errors import InvalidSetting, MissingPart
from pipelines import image_digest
from pipelines.image_digest import pinned
from tests.helpers.kind import KIND
from tests.helpers.missing import missing

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PROGRAMS = ("skopeo", "docker-registry")


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a registry on loopback that skopeo may ask without encryption."""
    serve = [str(shutil.which("docker-registry")), "serve"]
    lacking = [name for name in PROGRAMS if shutil.which(name) is None]
    if lacking:
        missing(f"for a registry: {', '.join(lacking)}")
    folder = tmp_path_factory.mktemp("registry")
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
    settings = folder / "config.yml"
    settings.write_text(
        f"version: 0.1\nhttp: {{addr: '{address}'}}\nstorage: {{filesystem: {{rootdirectory: {folder}/kept}}}}\n"
    )
    insecure = folder / ".config" / "containers" / "registries.conf"
    insecure.parent.mkdir(parents=True)
    insecure.write_text(f'[[registry]]\nlocation = "{address}"\ninsecure = true\n')
    with (
        pytest.MonkeyPatch.context() as patch,
        subprocess.Popen([*serve, str(settings)], stderr=subprocess.DEVNULL) as process,
    ):
        patch.setenv("HOME", str(folder))
        _wait(address)
        yield address
        process.terminate()


@pytest.fixture(scope="module")
def digest(registry: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Of an image that the registry has as `jobs/one:1`."""
    folder = tmp_path_factory.mktemp("image")
    archive, found = folder / "image.tar", folder / "digest"
    program = str(shutil.which("true"))
    subprocess.run([KIND / "processes" / "image.sh", archive, "jobs/one:1", "/true", program], check=True)
    copy = [str(shutil.which("skopeo")), "copy", "--quiet", "--insecure-policy", "--digestfile", str(found)]
    subprocess.run([*copy, f"docker-archive:{archive}", f"docker://{registry}/jobs/one:1"], check=True)
    return found.read_text(encoding="utf-8").strip()


def test_a_tag_becomes_the_digest_that_it_stands_for(registry: str, digest: str) -> None:
    assert pinned(f"{registry}/jobs/one:1") == f"{registry}/jobs/one@{digest}"


def test_an_image_by_its_digest_stays_what_it_is(registry: str, digest: str) -> None:
    assert pinned(f"{registry}/jobs/one@{digest}") == f"{registry}/jobs/one@{digest}"
    assert pinned(f"{registry}/jobs/one:1@{digest}") == f"{registry}/jobs/one@{digest}"


@pytest.mark.parametrize("image", ["jobs/one:2", "jobs/none:1", f"jobs/one@sha256:{'0' * 64}"])
def test_an_image_that_the_registry_has_not_is_refused(registry: str, digest: str, image: str) -> None:
    del digest
    with pytest.raises(InvalidSetting, match="an image that its registry has") as raised:
        pinned(f"{registry}/{image}")

    assert raised.value.key == "image.name"


def test_a_registry_that_is_not_there_is_said(registry: str) -> None:
    del registry
    with pytest.raises(InvalidSetting, match="connection refused"):
        pinned("127.0.0.1:1/jobs/one:1")


def test_without_a_program_to_ask_it_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(MissingPart, match="Install skopeo or crane"):
        pinned("jobs/one:1")


def test_a_registry_that_does_not_answer_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    program = tmp_path / "skopeo"
    program.write_text("#!/bin/sh\nexec sleep 60\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr(image_digest, "_SECONDS", 0.2)

    with pytest.raises(InvalidSetting, match=r"no answer within 0\.2 s"):
        pinned("jobs/one:1")


def _wait(address: str) -> None:
    until = time.monotonic() + 20
    while True:
        try:
            with closing(http.client.HTTPConnection(address, timeout=2)) as connection:
                connection.request("GET", "/v2/")
                if connection.getresponse().status == http.HTTPStatus.OK:
                    return
        except OSError:
            assert time.monotonic() < until, "the registry does not answer"
        time.sleep(0.1)

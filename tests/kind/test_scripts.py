"""The scripts of `kind/`, as far as they can be run without a cluster."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import tarfile
from hashlib import sha256
from pathlib import Path

import pytest

from tests.helpers.kind import KIND, SCRIPTS, real_programs, run_script, script_text, stub

TOOLS = ("bash", "basename", "cat", "dirname", "env", "sed")
PROCESSES = ("processes/up.sh", "processes/down.sh", "processes/services.sh")


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """A folder of few programs, where `id` says that it is root who asks."""
    folder = real_programs(tmp_path / "programs", TOOLS)
    stub(folder, "id", "echo 0")
    return folder


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: str(path.relative_to(KIND)))
def test_scripts_are_sound(path: Path) -> None:
    text = path.read_text(encoding="utf-8")

    subprocess.run([str(shutil.which("bash")), "-n", str(path)], check=True)
    assert re.findall(r"\beval\b|`", re.sub(r"^\s*#.*", "", text, flags=re.MULTILINE)) == []
    if path.name != "common.sh":  # which the others take in
        assert text.startswith("#!/usr/bin/env bash\n")
        assert "\nset -euo pipefail\n" in text
        assert path.stat().st_mode & 0o111 == 0o111


@pytest.mark.skipif(shutil.which("shellcheck") is None, reason="no shellcheck on this machine")
def test_shellcheck_finds_nothing() -> None:
    done = subprocess.run(
        [str(shutil.which("shellcheck")), "-x", *map(str, SCRIPTS)],
        check=False,
        capture_output=True,
        text=True,
        cwd=KIND.parent,
    )

    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.parametrize("name", PROCESSES)
def test_who_is_not_root_is_told_so_in_one_line(name: str, programs: Path) -> None:
    stub(programs, "id", "echo 1000")
    done = run_script(name, "up", programs=programs)

    assert done.returncode == 2
    assert done.stderr == (
        f"{'kind/' + name}: expected to be root and am not. A cluster's network and containers need it; "
        "call it in a shell of root.\n"
    )


def test_packages_that_lack_are_named_with_the_command_that_brings_them(programs: Path) -> None:
    stub(programs, "dpkg-query", 'case "$*" in *openssl) echo "install ok installed" ;; *) exit 1 ;; esac')
    (programs / "grep").symlink_to(str(shutil.which("grep")))
    done = run_script("processes/up.sh", programs=programs)

    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "apt-get install containerd runc containernetworking-plugins iproute2 nftables" in done.stderr
    assert "openssl" not in done.stderr


@pytest.mark.parametrize("folder", ["relative", "/with a blank", "/" + 80 * "x"])
def test_a_folder_that_sockets_could_not_lie_in_is_refused(folder: str, programs: Path) -> None:
    stub(programs, "dpkg-query", 'echo "install ok installed"')
    (programs / "grep").symlink_to(str(shutil.which("grep")))
    done = run_script("processes/up.sh", programs=programs, env={"CLUSTER_DIR": folder})

    assert done.returncode == 2
    assert "expected CLUSTER_DIR to be an absolute path" in done.stderr


@pytest.mark.parametrize(("said", "found"), [("go1.24.9", "1.24"), ("", "none")])
def test_a_go_that_is_too_old_is_named(said: str, found: str, programs: Path) -> None:
    stub(programs, "go", f"echo {said}")
    done = subprocess.run(
        [str(programs / "bash"), "-c", f'source "{KIND}/processes/common.sh"; need_go'],
        check=False,
        capture_output=True,
        text=True,
        env={"PATH": str(programs), "HOME": str(programs)},
    )

    assert done.returncode == 2
    assert f"expected Go 1.25 or newer and found {found}." in done.stderr


def test_services_without_a_cluster_say_which_command_comes_first(programs: Path, tmp_path: Path) -> None:
    done = run_script(
        "processes/services.sh", "up", programs=programs, env={"CLUSTER_DIR": str(tmp_path / "none")}
    )

    assert (done.returncode, "Run kind/processes/up.sh." in done.stderr) == (2, True)


def test_a_cluster_that_does_not_run_is_nothing_to_end(programs: Path, tmp_path: Path) -> None:
    folder = tmp_path / "none"
    done = run_script("processes/down.sh", programs=programs, env={"CLUSTER_DIR": str(folder)})

    assert (done.returncode, done.stdout) == (0, f"No cluster runs from {folder}.\n")


def test_a_process_id_that_went_to_another_program_counts_as_none(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "etcd.pid").write_text("1 1\n", encoding="utf-8")
    (tmp_path / "run" / "unknown.pid").write_text("", encoding="utf-8")
    check = "runs etcd || runs unknown || runs missing || echo none; stop etcd; kill -0 1 && echo lives"
    done = subprocess.run(
        [str(shutil.which("bash")), "-euc", f'source "{KIND}/processes/common.sh"; {check}'],
        check=True,
        capture_output=True,
        text=True,
        env={"PATH": "/usr/bin:/bin", "HOME": "/", "CLUSTER_DIR": str(tmp_path)},
    )

    assert done.stdout == "none\nlives\n"


def test_what_was_started_is_found_and_ended_by_its_id(tmp_path: Path) -> None:
    for name in ("run", "log"):
        (tmp_path / name).mkdir()
    check = "start nap sleep 600; start nap sleep 600; process_of nap; runs nap; stop nap; ! runs nap"
    done = subprocess.run(
        [str(shutil.which("bash")), "-euc", f'source "{KIND}/processes/common.sh"; {check}'],
        check=True,
        capture_output=True,
        text=True,
        env={"PATH": "/usr/bin:/bin", "HOME": "/", "CLUSTER_DIR": str(tmp_path)},
    )

    assert not Path(f"/proc/{int(done.stdout)}").exists()


def test_an_image_is_one_layer_whose_digest_it_states(tmp_path: Path) -> None:
    program, archive = tmp_path / "program", tmp_path / "image.tar"
    program.write_bytes(b"static")
    done = subprocess.run(
        [
            str(KIND / "processes" / "image.sh"),
            str(archive),
            "localhost/program:1",
            "/bin/program",
            str(program),
        ],
        check=False,
        capture_output=True,
        text=True,
    )

    assert (done.returncode, done.stderr) == (0, "")
    with tarfile.open(archive) as files:
        read = {name: files.extractfile(name).read() for name in files.getnames()}  # type: ignore[union-attr]
    config = json.loads(read["config.json"])
    assert json.loads(read["manifest.json"])[0]["RepoTags"] == ["localhost/program:1"]
    assert config["rootfs"]["diff_ids"] == [f"sha256:{sha256(read['layer.tar']).hexdigest()}"]
    assert config["config"]["Entrypoint"] == ["/bin/program"]


def test_the_only_modules_taken_by_name_have_a_version() -> None:
    text = script_text("processes/up.sh") + script_text("processes/services.sh")

    assert re.findall(r"@latest|@main|@master", text) == []
    assert re.findall(r"build_module \S+ \S+ (\S+)", text) == ['"v$COREDNS"', '"$OPERATOR"']

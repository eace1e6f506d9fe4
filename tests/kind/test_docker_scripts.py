"""`kind/up.sh` and `kind/down.sh`, with invented programs where Docker, kind, Helm and kubectl would stand."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from tests.helpers.kind import KIND, real_programs, run_script, stub

if TYPE_CHECKING:
    from pathlib import Path

TOOLS = ("bash", "basename", "cat", "dirname", "env", "grep", "mktemp", "od", "rm", "tr")
SECRET = "0123secret4567"
ANSWERS = f"""case "$*" in
*go-template*) echo "AWS_SECRET_ACCESS_KEY={SECRET}" ;;
"get secret"*) exit 1 ;;
*/dev/stdin* | "apply --filename -") cat > /dev/null ;;
esac"""
RECORD = 'printf "%s %s\\n" "$(basename "$0")" "$*" >> "$CALLS"'


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of `kind/` beside an archive that stands for an image, and a command that stands for ours."""
    shutil.copytree(KIND, tmp_path / "checkout" / "kind")
    images = tmp_path / "checkout" / "build" / "images"
    images.mkdir(parents=True)
    (images / "featurestore-spark-0.1.0.tar").touch()
    commands = tmp_path / "checkout" / ".venv" / "bin"
    commands.mkdir(parents=True)
    stub(commands, "featurestore", RECORD)
    return tmp_path / "checkout"


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """Stubs that write down how they are called; what is given to them on standard input they throw away."""
    folder = real_programs(tmp_path / "programs", TOOLS)
    for name in ("docker", "kind", "helm"):
        stub(folder, name, RECORD)
    stub(folder, "kubectl", f"{RECORD}\n{ANSWERS}")
    return folder


def up(checkout: Path, programs: Path) -> tuple[int, str, list[str]]:
    """The exit code, the errors, and the calls of programs."""
    calls = programs.parent / "calls"
    calls.touch()
    script = str(checkout / "kind" / "up.sh")
    done = run_script(script, programs=programs, env={"CALLS": str(calls)})
    return done.returncode, done.stderr, calls.read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("lacking", ["docker", "kind", "kubectl", "helm"])
def test_a_machine_that_lacks_a_program_is_told_the_other_way(
    lacking: str, checkout: Path, programs: Path
) -> None:
    (programs / lacking).unlink()
    code, errors, calls = up(checkout, programs)

    assert code == 2
    assert errors == (
        f"kind/up.sh: expected docker, kind, kubectl and helm, and lack: {lacking}. Install or start them, or "
        "run kind/processes/up.sh, which needs none of them.\n"
    )
    assert calls == []


def test_an_engine_that_does_not_answer_is_no_docker(checkout: Path, programs: Path) -> None:
    stub(programs, "docker", "exit 1")
    code, errors, calls = up(checkout, programs)

    assert (code, calls) == (2, [])
    assert "lack: a Docker engine that answers." in errors


def test_a_chart_that_helm_does_not_know_is_refused_before_anything_is_made(
    checkout: Path, programs: Path
) -> None:
    stub(programs, "helm", "exit 1")
    code, errors, calls = up(checkout, programs)

    assert code == 2
    assert "expected Helm to know the chart spark-operator/spark-operator 2.5.1" in errors
    assert calls == ["docker info"]


def test_without_an_image_nothing_is_made(checkout: Path, programs: Path) -> None:
    (checkout / "build" / "images" / "featurestore-spark-0.1.0.tar").unlink()
    code, errors, calls = up(checkout, programs)

    assert (code, "Run make images." in errors) == (2, True)
    assert [call for call in calls if call.startswith(("kind", "kubectl"))] == []


def test_without_an_environment_nothing_is_made(checkout: Path, programs: Path) -> None:
    (checkout / ".venv" / "bin" / "featurestore").unlink()
    code, errors, calls = up(checkout, programs)

    assert (code, "Run make setup." in errors) == (2, True)
    assert [call for call in calls if call.startswith(("kind", "kubectl"))] == []


def test_with_stubs_it_makes_a_cluster_then_the_operator_then_the_services(
    checkout: Path, programs: Path
) -> None:
    code, errors, calls = up(checkout, programs)
    starts = [" ".join(call.split()[:3]) for call in calls]

    assert (code, errors) == (0, "")
    order = [
        "kind create cluster",
        "kind load image-archive",
        "helm upgrade --install",
        "kubectl apply --filename",
        "kubectl rollout status",
    ]
    assert [starts.index(start) for start in order] == sorted(starts.index(start) for start in order)
    assert "featurestore team add featurestore --profile kind" in calls
    assert "kind load image-archive build/images/featurestore-spark-0.1.0.tar --name featurestore" in calls
    (chart,) = (call for call in calls if call.startswith("helm upgrade"))
    assert "--version 2.5.1" in chart
    assert "--values kind/spark-operator-values.yaml" in chart


def test_with_stubs_a_cluster_that_runs_is_taken_as_it_is(checkout: Path, programs: Path) -> None:
    stub(programs, "kind", f'{RECORD}\n[ "$1 $2" != "get clusters" ] || echo featurestore')
    code, _, calls = up(checkout, programs)

    assert code == 0
    assert [call for call in calls if call.startswith("kind create")] == []


def test_with_stubs_no_credential_is_an_argument(checkout: Path, programs: Path) -> None:
    stub(programs, "od", f"echo {SECRET}")
    _, errors, calls = up(checkout, programs)

    assert [call for call in calls if "--from-env-file /dev/stdin" in call]
    assert SECRET not in "\n".join([errors, *calls])


def test_with_a_stub_the_cluster_is_deleted_by_its_name(programs: Path, tmp_path: Path) -> None:
    done = run_script("down.sh", programs=programs, env={"CALLS": str(tmp_path / "calls")})

    assert done.returncode == 0
    assert (tmp_path / "calls").read_text(encoding="utf-8") == "kind delete cluster --name featurestore\n"

"""A real cluster, by `kubectl`, as an administrator or as a service account."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.helpers.missing import missing

_SECONDS = 120


@dataclass(frozen=True, kw_only=True)
class Kubectl:
    """Commands on one cluster as one user."""

    program: str
    config: Path

    def run(self, *words: str, given: object = None) -> subprocess.CompletedProcess[str]:
        """Runs a command; `given` is a document, or several, on standard input."""
        documents = given if isinstance(given, list) else [given]
        return subprocess.run(
            [self.program, "--kubeconfig", str(self.config), *words],
            check=False,
            capture_output=True,
            text=True,
            input=None if given is None else yaml.safe_dump_all(documents),
            timeout=_SECONDS,
        )

    def ok(self, *words: str, given: object = None) -> str:
        """What a command prints that must succeed."""
        done = self.run(*words, given=given)
        assert done.returncode == 0, f"kubectl {' '.join(words)}: {done.stderr}"
        return done.stdout

    def read(self, *words: str, given: object = None) -> Any:
        """What it prints as JSON."""
        return json.loads(self.ok(*words, "--output", "json", given=given))

    def refused(self, *words: str, given: object = None) -> str:
        """Why the server refuses what must not succeed."""
        done = self.run(*words, given=given)
        assert done.returncode != 0, done.stdout
        assert "orbidden" in done.stderr, done.stderr
        return done.stderr

    def can(self, namespace: str, account: str, what: str) -> bool:
        """Whether a service account may do this: a verb and a resource, such as "get pods/log"."""
        verb, _, whole = what.partition(" ")
        resource, _, part = whole.partition("/")
        words = [verb, resource, *([f"--subresource={part}"] if part else [])]
        user = f"--as=system:serviceaccount:{namespace}:{account}"
        said = self.run("auth", "can-i", *words, "--namespace", namespace, user).stdout.strip()
        assert said.partition(" ")[0] in {"yes", "no"}, said
        return said == "yes"

    def as_account(self, namespace: str, account: str, folder: Path) -> Kubectl:
        """The same cluster with the account's own token: nothing is impersonated."""
        token = self.ok("create", "token", account, "--namespace", namespace).strip()
        config = self.read("config", "view", "--raw", "--minify")
        config["users"] = [{"name": config["users"][0]["name"], "user": {"token": token}}]
        path = folder / f"{account}.kubeconfig"
        path.touch(mode=0o600)
        path.write_text(json.dumps(config), encoding="utf-8")
        return Kubectl(program=self.program, config=path)


def administrator() -> Kubectl:
    """As the file says that KUBECONFIG names; a test that needs it is skipped where there is none."""
    named = os.environ.get("KUBECONFIG", "")
    if not named or not Path(named).is_file():
        missing("no cluster: KUBECONFIG names no file")
    program = shutil.which("kubectl")
    if program is None:
        missing("no kubectl")
    found = Kubectl(program=program, config=Path(named))
    if found.run("get", "--raw", "/readyz").returncode != 0:
        missing("the cluster of KUBECONFIG does not answer")
    return found

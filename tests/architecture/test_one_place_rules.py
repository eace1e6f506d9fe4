"""Things that may be said in one place only, and things that may be said nowhere."""

from __future__ import annotations

import ast

import pytest

from tests.architecture.sources import PACKAGES, imported, lines_with, modules, nodes, used

CLOUDS = "featurestore/config/clouds.py"
HUDI = "featurestore/offline/hudi_table.py"
EMBEDDED = "featurestore/embedded/"
CLUSTER = "pipelines/cluster.py"
ENVIRONMENT = "featurestore/config/load.py"

CLOUD_WORDS = r"\bs3a\b|\bgs://|\babfss?\b|\bfs\.azure\b|\bfs\.s3a\b|\bfs\.gs\b"
ENVIRONMENT_NAMES = {"environ", "environb", "getenv", "getenvb", "putenv", "unsetenv"}
CODE_FROM_DATA = {"cloudpickle", "dill", "joblib", "marshal", "pickle", "shelve"}
SHELLS = {"os": {"popen", "system"}, "subprocess": {"getoutput", "getstatusoutput"}}
SAFE_YAML = {"YAMLError", "safe_dump", "safe_dump_all", "safe_load", "safe_load_all"}


def sources(*, except_for: tuple[str, ...] = ()) -> list[str]:
    return [path for path in modules(*PACKAGES) if not path.startswith(except_for)]


def uses(module: str, names: set[str], paths: list[str]) -> list[str]:
    return [
        f"{path}:{line}: {module}.{name}"
        for path in paths
        for line, name in used(path, module)
        if name in names
    ]


def test_clouds_are_told_apart_in_one_module() -> None:
    assert lines_with(CLOUD_WORDS, sources(except_for=(CLOUDS,))) == []


def test_hudi_options_are_named_in_one_module() -> None:
    assert lines_with(r"\bhoodie\.", sources(except_for=(HUDI, EMBEDDED))) == []


def test_the_environment_is_read_in_one_module() -> None:
    assert uses("os", ENVIRONMENT_NAMES, sources(except_for=(ENVIRONMENT,))) == []


def test_kubernetes_is_imported_in_one_module() -> None:
    assert [path for path in sources() if "kubernetes" in imported(path)] == [CLUSTER]


def test_kfp_is_imported_by_pipelines_only() -> None:
    assert [path for path in sources(except_for=("pipelines/",)) if "kfp" in imported(path)] == []


def test_no_code_is_loaded_from_data() -> None:
    assert [path for path in sources() if imported(path) & CODE_FROM_DATA] == []


def test_yaml_is_read_and_written_safely() -> None:
    risky = [
        f"{path}:{line}: yaml.{name}"
        for path in sources()
        for line, name in used(path, "yaml")
        if name not in SAFE_YAML
    ]

    assert risky == []


@pytest.mark.parametrize("module", sorted(SHELLS))
def test_no_shell_is_started_by_a_function(module: str) -> None:
    assert uses(module, SHELLS[module], sources()) == []


def test_no_subprocess_asks_for_a_shell() -> None:
    asked = [
        f"{path}:{node.value.lineno}"
        for path in sources()
        for node in nodes(path)
        if isinstance(node, ast.keyword) and node.arg == "shell" and not _is_false(node.value)
    ]

    assert asked == []


def _is_false(value: ast.expr) -> bool:
    return isinstance(value, ast.Constant) and value.value is False

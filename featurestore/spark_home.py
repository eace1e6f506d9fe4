"""The Spark that a session on a storage runs on: PySpark's own, or one of links whose Hadoop reaches that storage."""

from __future__ import annotations

import hashlib
import shutil
import uuid
from importlib.util import find_spec
from pathlib import Path
from socket import gethostname
from typing import TYPE_CHECKING

from featurestore.config.storage import names_at_endpoint, rules_for
from featurestore.errors import MissingPart
from featurestore.files import write_text
from featurestore.jars import cache_folder, fetch_jars

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from featurestore.config import Profile

LOOPBACK = "127.0.0.1"
REPLACED = (
    "hadoop-client-api-3.3.4.jar",
    "hadoop-client-runtime-3.3.4.jar",
    "hadoop-shaded-guava-1.1.1.jar",
    "hadoop-yarn-server-web-proxy-3.3.4.jar",
    "spark-yarn_2.12-3.5.7.jar",
)
"""PySpark's own Hadoop, and YARN with it: what the jars of section `[hadoop]` stand in for, as in the image."""


def spark_home(root_uri: str, progress: Callable[[str], None] | None = None) -> Path:
    """The folder that `SPARK_HOME` names for a session on a lake; its jars are fetched where they are not there.

    For a path it is PySpark's own. For another storage it is a folder of links beside the cached jars, one for
    each set of jars, made once. Raises `MissingPart` without PySpark or a jar.
    """
    own = pyspark_folder()
    sections = rules_for(root_uri).jars
    if not sections:
        return own
    jars = [jar for section in sections for jar in fetch_jars(section, progress)]
    kept = [jar for jar in sorted((own / "jars").iterdir()) if jar.name not in REPLACED]
    return _linked(own, [*kept, *jars])


def java_names(profile: Profile) -> str:
    """Java's option for an emulator whose account is known by the names of a real one: these, on its machine.

    Java then asks a file in the state directory alone, which also has what a session on one machine asks for. Empty
    for other storages.
    """
    names = names_at_endpoint(profile)
    if not names:
        return ""
    hosts = Path(profile.state_directory) / "hosts"
    known = {"localhost": LOOPBACK, gethostname(): LOOPBACK, **names}
    write_text(str(hosts), "".join(f"{address} {name}\n" for name, address in known.items()))
    return f'"-Djdk.net.hosts.file={hosts}"'


def pyspark_folder() -> Path:
    """Where PySpark is, found without importing it; raises `MissingPart`."""
    pyspark = find_spec("pyspark")
    if pyspark is None or pyspark.origin is None:
        remedy = "Install `featurestore[spark]`."
        raise MissingPart("pyspark", needed_for="running Spark on this machine", remedy=remedy)
    return Path(pyspark.origin).parent


def _linked(own: Path, jars: Iterable[Path]) -> Path:
    """A folder with PySpark's programs and these jars; it appears whole or not at all."""
    targets = {"bin": own / "bin", **{f"jars/{jar.name}": jar for jar in jars}}
    whole = "\n".join(f"{name} {target}" for name, target in sorted(targets.items()))
    home = cache_folder().parent / "spark" / hashlib.sha256(whole.encode()).hexdigest()[:16]
    if home.is_dir():
        return home
    beside = home.with_name(f".{home.name}.{uuid.uuid4().hex}")
    (beside / "jars").mkdir(parents=True)
    for name, target in targets.items():
        (beside / name).symlink_to(target)
    try:
        beside.rename(home)
    except OSError:
        shutil.rmtree(beside)
        # Another process may have been first; what stands there is the same.
        if not home.is_dir():
            raise
    return home

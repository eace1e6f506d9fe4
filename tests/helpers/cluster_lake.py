"""A lake on the MinIO of a running cluster, reached from this machine by the same name as from pods."""

from __future__ import annotations

import os
from pathlib import Path

ENDPOINT = "http://10.244.0.1:9000"
BUCKET = "featurestore-lake"
SECRET = "featurestore-lake"


def cluster_folder() -> Path:
    """Where `kind/processes/up.sh` keeps its state."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return Path(os.environ.get("CLUSTER_DIR") or cache / "featurestore" / "cluster")


def credentials() -> dict[str, str]:
    """MinIO's, by the names of environment variables."""
    lines = (cluster_folder() / "lake-credentials.env").read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if line)


def put(path: Path, uri: str) -> None:
    """Copies a file of this machine to the lake."""
    import s3fs

    given = credentials()
    store = s3fs.S3FileSystem(
        key=given["AWS_ACCESS_KEY_ID"],
        secret=given["AWS_SECRET_ACCESS_KEY"],
        endpoint_url=ENDPOINT,
        client_kwargs={"region_name": "us-east-1"},
    )
    store.put_file(str(path), uri.partition("://")[2])

"""Read and write small files by URI: on this machine, or on any store that fsspec knows.

A plain path and `file://` mean this machine, where a file appears whole or not at all under its
final name; other stores show an object only once its upload is complete.
"""

from __future__ import annotations

import errno
import os
import re
import shutil
import uuid
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import fsspec  # type: ignore[import-untyped]

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_FILE_SCHEME = "file:"
_NUMBERED = re.compile(r"([1-9][0-9]{0,8})\.json")


def use_options(root: str, options: Mapping[str, Any]) -> None:
    """From now on reach the store that `root` is on with these options; on this machine nothing changes."""
    if options:
        kind = fsspec.get_filesystem_class(fsspec.core.split_protocol(root)[0])
        names = [kind.protocol] if isinstance(kind.protocol, str) else kind.protocol
        fsspec.config.conf[names[0]] = dict(options)


def join_uri(root: str, *parts: str) -> str:
    """Append `parts` to `root`, with one slash between each two."""
    return "/".join([root.rstrip("/"), *(part.strip("/") for part in parts)])


def absolute_uri(uri: str) -> str:
    """Return a URI that means the same to every program: a local path becomes an absolute `file://` URI.

    Spark reads a plain path on its default file system, which need not be this machine's.
    """
    path = _local_path(uri)
    return uri if path is None else f"file://{path.absolute()}"


def exists(uri: str) -> bool:
    """Tell whether there is a file or a folder at `uri`."""
    path = _local_path(uri)
    if path is not None:
        return path.exists()
    store, key = _remote(uri)
    return bool(store.exists(key))


def read_text(uri: str) -> str:
    """Return a file's UTF-8 text; `FileNotFoundError` if there is none."""
    path = _local_path(uri)
    if path is not None:
        return path.read_bytes().decode("utf-8")
    store, key = _remote(uri)
    return bytes(store.cat_file(key)).decode("utf-8")


def write_text(uri: str, text: str) -> None:
    """Write a file, replacing one that is there; missing folders are made."""
    path = _local_path(uri)
    if path is None:
        store, key = _remote(uri)
        store.pipe_file(key, text.encode("utf-8"))
        return
    with _complete_file_beside(path, text.encode("utf-8")) as complete:
        complete.replace(path)


def write_new_text(uri: str, text: str) -> bool:
    """Write a file unless one is there; `True` for the one writer of many that made it."""
    return write_new_bytes(uri, text.encode("utf-8"))


def write_new_bytes(uri: str, content: bytes) -> bool:
    """Write a file unless one is there; `True` for the one writer of many that made it."""
    path = _local_path(uri)
    try:
        if path is None:
            store, key = _remote(uri)
            with store.open(key, "xb") as file:
                file.write(content)
        else:
            with _complete_file_beside(path, content) as complete:
                path.hardlink_to(complete)
    except FileExistsError:
        return False
    except OSError as error:
        # What s3fs makes of a store's answer that a condition of the request, that there be none, did not hold.
        if path is None and error.errno == errno.EINVAL and exists(uri):
            return False
        raise
    return True


def list_names(uri: str) -> list[str]:
    """Return the sorted names of files and folders directly in a folder; none if it does not exist.

    Names that begin with a dot are left out: unfinished local writes have such names.
    """
    path = _local_path(uri)
    if path is not None:
        names = {entry.name for entry in path.iterdir()} if path.is_dir() else set()
    else:
        store, key = _remote(uri)
        store.invalidate_cache()
        try:
            found = store.ls(key, detail=False)
        except FileNotFoundError:
            found = []
        names = {
            str(name).rstrip("/").rsplit("/", 1)[-1] for name in found if name.strip("/") != key.strip("/")
        }
    return sorted(name for name in names if name and not name.startswith("."))


def numbers_in(folder: str) -> list[int]:
    """The numbers of the files `1.json`, `2.json` and so on in a folder, ascending; others are passed by."""
    found = (_NUMBERED.fullmatch(name) for name in list_names(folder))
    return sorted(int(match.group(1)) for match in found if match)


def write_numbered(folder: str, number: int, text: str) -> bool:
    """Write `<number>.json` unless it is there; `True` for the one writer of many that made it."""
    return write_new_text(join_uri(folder, f"{number}.json"), text)


def find_files(pattern: str) -> list[str]:
    """Return the sorted URIs of the files that match a path or URI with `*`, `?`, `[...]` or `**`.

    A folder means the files in it, at any depth; what exists under just this name is meant as it is. Files
    and folders that begin with `.` or `_` are left out, as unfinished ones have such names, unless `pattern`
    names them in full.
    """
    uri = absolute_uri(pattern)
    store, key = _remote(uri)
    store.invalidate_cache()
    if store.isfile(key):
        found = [key]
    elif store.isdir(key):
        found = store.find(key)
    else:
        found = [name for name in store.glob(key) if store.isfile(name)]
    # One store may have several schemes, and a container's account; what is found has those of the pattern.
    scheme, _, rest = uri.partition("://")
    container, at, account = rest.partition("/")[0].partition("@")
    return sorted(
        f"{scheme}://{container}{at}{account}{name.removeprefix(container)}" if at else f"{scheme}://{name}"
        for name in map(str, found)
        if _is_visible(name, pattern=key)
    )


def open_binary(uri: str) -> Any:
    """Open a file for reading bytes; use it in a `with`."""
    store, key = _remote(absolute_uri(uri))
    return store.open(key, "rb")


def delete_tree(uri: str) -> None:
    """Delete a folder with all it holds; nothing happens if there is none."""
    path = _local_path(uri)
    if path is not None:
        if path.is_dir():
            shutil.rmtree(path)
        return
    store, key = _remote(uri)
    if store.exists(key):
        store.rm(key, recursive=True)


def _is_visible(name: str, *, pattern: str) -> bool:
    named = pattern.split("/")
    return not any(part.startswith((".", "_")) and part not in named for part in name.split("/"))


def _local_path(uri: str) -> Path | None:
    """The path that `uri` means on this machine, or None where another store is meant."""
    if uri.startswith(_FILE_SCHEME):
        return Path("/" + uri.removeprefix(_FILE_SCHEME).lstrip("/"))
    return None if "://" in uri else Path(uri)


def _remote(uri: str) -> tuple[Any, str]:
    store, key = fsspec.core.url_to_fs(uri)
    return store, str(key)


@contextmanager
def _complete_file_beside(path: Path, content: bytes) -> Iterator[Path]:
    """Write `content` to a hidden file in the same folder; it is gone afterwards, unless moved."""
    path.parent.mkdir(parents=True, exist_ok=True)
    complete = path.parent / f".{path.name}.{uuid.uuid4().hex}"
    try:
        with complete.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        yield complete
    finally:
        complete.unlink(missing_ok=True)

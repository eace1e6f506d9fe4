"""A user's own PySpark file as a job: what it is, and its SparkApplication."""

from __future__ import annotations

import hashlib
import re
import warnings
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from featurestore import __version__
from featurestore.config.storage import rules_for
from featurestore.errors import InvalidRequest, InvalidSetting
from featurestore.files import join_uri
from pipelines.spark_application import Work, application_of

if TYPE_CHECKING:
    from featurestore.config import Profile

_STEP = "job"
"""What its name begins with, in place of a step's."""
CODE = "featurestore/code"
"""The label of a job of the user's own with the version of its code."""
PACKAGES = "packages"
"""The folder that a job's requirements are installed into, wherever it is."""
STARTER = "with_packages"
"""The module of `sparkjobs` that fetches them in a cluster."""
IN_IMAGE = "/opt/job"
"""Where an image that `featurestore image build` made has the file, and its packages beside it."""

LOCAL = "local://"
"""Of files where the driver is."""

_DIGITS = 12
_VERSION = re.compile(f"[0-9a-f]{{{_DIGITS}}}")
NOWHERE = "here"
"""The namespace in the manifest of a job on this machine, where the profile has none."""


@dataclass(frozen=True, kw_only=True)
class OwnJob:
    """A file to run, what it is given, and the packages that it imports.

    Raises `InvalidRequest` where a file is not there, or is not what it should be.
    """

    file: Path
    arguments: tuple[str, ...] = ()
    requirements: Path | None = None
    """As pip reads them."""
    name: str | None = None
    """In place of the file's."""

    def __post_init__(self) -> None:
        check_python(self.file)
        if self.requirements is not None:
            content_of(self.requirements, "--requirements")

    @property
    def subject(self) -> str:
        """What it is called after."""
        return self.name or self.file.stem

    @property
    def file_name(self) -> str:
        """The file's name as it may stand in a URI."""
        return name_in_uri(self.file)

    @cached_property
    def version(self) -> str:
        """Which code it is; see `code_version`."""
        return code_version(self.file, self.requirements)


def code_version(file: Path | None, requirements: Path | None) -> str:
    """Twelve digits of a SHA-256 over the file, the requirements and featurestore's version."""
    whole = hashlib.sha256()
    contents = [None if one is None else one.read_bytes() for one in (file, requirements)]
    for part in (*contents, __version__.encode()):
        # With its length before it: no two divisions of one text are the same code.
        whole.update(b"-" if part is None else b"%d\n%b" % (len(part), part))
    return whole.hexdigest()[:_DIGITS]


def own_application(
    job: OwnJob, profile: Profile, *, run: str | None = None, image: str | None = None, here: bool = False
) -> dict[str, Any]:
    """The manifest of the job: `here`, with the file where it lies; in an image that holds it; else from the lake.

    It is not started again where it fails: a program of the user may not bear to be run twice. Nothing is uploaded
    or installed by this. Raises `InvalidSetting` for a cluster with a lake that is a path,
    `MissingSetting` for one without a namespace, and `InvalidRequest` for an image of other code.
    """
    if here:
        namespace = profile.kubernetes.namespace or NOWHERE
        profile = replace(profile, kubernetes=replace(profile.kubernetes, namespace=namespace))
        return application_of(_here(job, profile), profile, run=run, retries=0)
    check_lake(profile)
    work = _shipped(job, profile) if image is None else _in_image(job, image)
    return application_of(work, profile, run=run, image=image, retries=0)


def uri_here(job: OwnJob) -> str:
    """The job's file as it lies on this machine."""
    return f"{LOCAL}{job.file.absolute()}"


def folder_here(job: OwnJob, profile: Profile) -> Path:
    """Where this machine keeps the packages of the job's version."""
    return Path(profile.state_directory).absolute() / "jobs" / job.version / PACKAGES


def uri_in_lake(job: OwnJob, profile: Profile, name: str) -> str:
    """Where the lake has a file of the job's version."""
    return join_uri(profile.storage.root_uri, "_jobs", job.version, name)


def name_in_uri(file: Path) -> str:
    """A file's name with what a URI may hold."""
    return re.sub("[^A-Za-z0-9._-]+", "-", file.name)


def check_lake(profile: Profile) -> None:
    """Raises `InvalidSetting` for a lake that pods cannot reach."""
    root = profile.storage.root_uri
    if not rules_for(root).reached_by_pods:
        raise InvalidSetting(
            "storage.root_uri", received=root, expected="the URI of a store, for a job in a cluster"
        )


def check_python(file: Path) -> None:
    """Raises `InvalidRequest` for a file that Python would not run, with the line where it stops."""
    content = content_of(file, str(file))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(content, str(file), "exec", dont_inherit=True)
    except SyntaxError as error:
        received = f"line {error.lineno}: {error.msg}" if error.lineno else error.msg
        raise InvalidRequest(str(file), expected="a file of Python", received=received) from error
    except ValueError as error:
        raise InvalidRequest(str(file), expected="a file of Python", received=str(error)) from error


def content_of(file: Path, subject: str) -> bytes:
    """What a file holds; `InvalidRequest` where none can be read."""
    try:
        return file.read_bytes()
    except OSError as error:
        received = f"{file}: {error.strerror}"
        raise InvalidRequest(subject, expected="a file that can be read", received=received) from error


def _here(job: OwnJob, profile: Profile) -> Work:
    variables = {"PYTHONPATH": str(folder_here(job, profile))} if job.requirements else {}
    return _work(job, main_file=uri_here(job), variables=variables)


def _shipped(job: OwnJob, profile: Profile) -> Work:
    file = uri_in_lake(job, profile, job.file_name)
    if job.requirements is None:
        return _work(job, main_file=file)
    return _work(
        job,
        main_file=uri_in_lake(job, profile, f"{STARTER}.py"),
        before=(uri_in_lake(job, profile, f"{PACKAGES}.zip"), file),
        # In the working folder, whichever that is in the image.
        variables={"PYTHONPATH": PACKAGES},
    )


def _in_image(job: OwnJob, image: str) -> Work:
    """What is in it is known by its tag, and only where `featurestore image build` chose that."""
    tag = image.rsplit("/", 1)[-1].partition("@")[0].partition(":")[2]
    known = _VERSION.fullmatch(tag) is not None
    if known and tag != job.version:
        expected = f"an image of this file with these requirements, {job.version}"
        raise InvalidRequest("--image", expected=expected, received=image)
    return _work(job, main_file=f"{LOCAL}{IN_IMAGE}/{job.file_name}", known=known)


def _work(
    job: OwnJob,
    *,
    main_file: str,
    before: tuple[str, ...] = (),
    variables: dict[str, str] | None = None,
    known: bool = True,
) -> Work:
    return Work(
        step=_STEP,
        subject=job.subject,
        main_file=main_file,
        arguments=(*before, *job.arguments),
        apart={"code": job.version, "arguments": job.arguments, "subject": job.subject},
        # Commands are called by one word, `run`; a job by what it is.
        labels={"featurestore/step": "run", **({CODE: job.version} if known else {})},
        variables=variables or {},
    )

"""What a job says at its end."""

from __future__ import annotations

from typing import Any

import pytest

from pipelines.job_answer import answer_in, error_in, last_exception

LOG = """\
26/11/22 19:40:34 INFO SparkContext: Running Spark version 3.5.7
Traceback (most recent call last):
  File "/opt/job/a.py", line 3, in <module>
    read()
KeyError: 'first'

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "/opt/job/a.py", line 5, in <module>
\traise ValueError(
ValueError: no rows for may
26/11/22 19:40:35 INFO ShutdownHookManager: Shutdown hook called
"""


def test_the_last_exception_is_the_one_that_ended_it() -> None:
    assert last_exception(LOG.splitlines(keepends=True)) == "ValueError: no rows for may"


@pytest.mark.parametrize("text", ["", "ValueError: told\n", "Traceback (most recent call last):\n  File\n"])
def test_without_a_whole_traceback_there_is_none(text: str) -> None:
    assert last_exception(text.splitlines()) is None


@pytest.mark.parametrize(
    ("line", "answer"),
    [('{"rows": 3}', {"rows": 3}), ("{'rows': 3}", None), ("{", None), ("[1]", None), (' {"a": 1}', None)],
)
def test_only_a_line_that_is_an_object_answers(line: str, answer: object) -> None:
    assert answer_in(line) == answer


@pytest.mark.parametrize("error", [None, "text", {"message": 3}, {}])
def test_what_a_user_calls_an_error_need_not_be_one_of_ours(error: Any) -> None:
    assert error_in({"error": error}) is None
    assert error_in({"error": {"message": "gone"}}) == "gone"

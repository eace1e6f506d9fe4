"""The template: values come out as they went in, and nothing in them is obeyed."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jinja2.exceptions import SecurityError

from featurestore.config import load_profile
from featurestore.step_requests import IngestBatchRequest
from pipelines.spark_application import spark_application
from pipelines.template import environment, filled

PROFILE = load_profile("kind", variables={})
HOSTILE = [
    "\x7f\x85\u2028\U0001f600",
    "{{ 7 * 7 }}",
    "a: b",
    "- x",
    "'",
    '"',
    "\n---\nkind: Pod\n",
    "!!python/none",
    "</script>",
    "&a *a",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_text_that_means_something_elsewhere_stays_text(text: str) -> None:
    manifest = spark_application(IngestBatchRequest(source="clicks", path=text), PROFILE)

    assert manifest["spec"]["arguments"] == ["--source", "clicks", "--path", text]
    assert manifest["kind"] == "SparkApplication"


@settings(max_examples=40)
@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
def test_any_text_comes_out_as_it_went_in(text: str) -> None:
    manifest = spark_application(IngestBatchRequest(source="clicks", path=text), PROFILE)

    assert manifest["spec"]["arguments"][-1] == text


def test_a_value_that_is_missing_is_an_error() -> None:
    with pytest.raises(TypeError, match="StrictUndefined"):
        filled("sparkapplication/spark_application.yaml.j2", {})


@pytest.mark.parametrize("text", ["{{ ''.__class__.__mro__ }}", "{{ cycler.__init__.__globals__ }}"])
def test_a_template_cannot_leave_its_sandbox(text: str) -> None:
    with pytest.raises(SecurityError):
        environment().from_string(text).render()

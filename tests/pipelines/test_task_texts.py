"""The texts that tasks hand to one another."""

from __future__ import annotations

import pytest

from featurestore.errors import InvalidRequest
from pipelines.task_texts import model_and_version, model_name, one_text, training_set_name

ONE, TWO = "20240601120000000", "20240601120000001"


def test_a_model_goes_by_name_and_version() -> None:
    assert model_and_version("m@3") == ("m", 3)
    assert model_and_version("a@b@12") == ("a@b", 12)


@pytest.mark.parametrize("text", ["m", "m@", "m@newest", "@3", ""])
def test_another_text_is_refused(text: str) -> None:
    with pytest.raises(InvalidRequest, match="model@version"):
        model_and_version(text)


def test_tables_of_several_tasks_are_one_text_in_one_order() -> None:
    texts = [f"features/b/v1@{TWO}", f"features/a/v1@{ONE}"]

    assert one_text(texts) == one_text(texts[::-1]) == f"features/a/v1@{ONE},features/b/v1@{TWO}"
    assert one_text([]) == ""


@pytest.mark.parametrize(
    ("model", "only", "name"),
    [
        ("m", "", "m"),
        ("m", "country=DE", "m-de"),
        ("m", "country=Great Britain", "m-great-britain"),
        ("m", "a=b=c", "m-b-c"),
    ],
)
def test_a_model_of_chosen_rows_is_called_by_their_value(model: str, only: str, name: str) -> None:
    assert model_name(model, only) == name


def test_a_training_set_is_called_by_what_it_is_made_from(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FEATURESTORE_PROFILE", "local")
    made = {
        training_set_name("purchase_within_week", *parts)
        for parts in (("a", ""), ("b", ""), ("a", "platform=mobile"))
    }

    assert len(made) == 3
    assert all(name.startswith("purchase_within_week-") for name in made)

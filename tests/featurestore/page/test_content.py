"""The content of a page is plain data."""

from __future__ import annotations

import msgspec

from featurestore.page.content import PageContent
from tests.helpers.pages import PAGE


def test_content_goes_to_json_and_comes_back_the_same() -> None:
    assert msgspec.json.decode(msgspec.json.encode(PAGE), type=PageContent) == PAGE

"""The table of storages and identities."""

from __future__ import annotations

import pytest

from featurestore.config.clouds import IDENTITIES, RULES, StorageRules
from featurestore.jars import package_lock


def test_each_identity_belongs_to_a_storage() -> None:
    assert {row.scheme for row in IDENTITIES.values()} == set(RULES)


@pytest.mark.parametrize("row", RULES.values(), ids=lambda row: row.scheme)
def test_the_jars_of_a_storage_are_sections_of_the_lock(row: StorageRules) -> None:
    assert set(row.jars) <= package_lock().keys()
    assert bool(row.jars) is (row.scheme != "file")


def test_no_two_storages_have_a_name_in_common() -> None:
    names = [name for row in RULES.values() for name in (row.scheme, *row.aliases)]

    assert len(names) == len(set(names))


def test_secrets_are_for_who_names_them() -> None:
    for row in IDENTITIES.values():
        assert bool(row.secret_keys) is ("identity.secret" in row.needs)


def test_every_storage_can_be_worked_on_from_this_machine() -> None:
    here = {row.scheme for row in IDENTITIES.values() if not row.only_in_pods}

    assert here == set(RULES)

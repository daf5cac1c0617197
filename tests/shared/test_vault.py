"""The vault's memory of keys by itself; the vault against a database is in tests/integration/test_vault.py."""

import base64
from uuid import uuid4

import pytest
from pydantic import ValidationError

from shared.settings import Settings
from shared.vault import KEY_LIFE_S, KEYS_AT_MOST, KeyCache
from shared.vault_keys import DataKey

KEY = DataKey(uuid4(), b"k" * 32)


def test_a_key_is_remembered_for_its_life_and_no_longer() -> None:
    cache, ref = KeyCache(), uuid4()
    cache.put(ref, KEY, 100.0)
    assert cache.get(ref, 100.0 + KEY_LIFE_S - 0.001) is KEY
    assert cache.get(ref, 100.0 + KEY_LIFE_S) is None


def test_a_process_may_be_told_a_shorter_life_of_keys() -> None:
    cache, ref = KeyCache(0.2), uuid4()
    cache.put(ref, KEY, 100.0)
    assert cache.get(ref, 100.19) is KEY
    assert cache.get(ref, 100.2) is None


@pytest.mark.parametrize("wrong", [0, -1, KEY_LIFE_S + 0.1, "nan", "inf"])
def test_no_setting_makes_keys_live_longer_than_by_default(wrong: object) -> None:
    secret = base64.b64encode(bytes(range(0, 256, 8))).decode()
    given = {"ENV": "test", "database": "dbname=none", "pepper": secret}
    assert Settings.model_validate(given).vault_key_seconds == KEY_LIFE_S
    with pytest.raises(ValidationError, match="vault_key_seconds"):
        Settings.model_validate(given | {"vault_key_seconds": wrong})


def test_a_dropped_key_is_gone_at_once() -> None:
    cache, ref = KeyCache(), uuid4()
    cache.put(ref, KEY, 100.0)
    cache.drop(ref)
    cache.drop(ref)
    assert cache.get(ref, 100.0) is None


def test_keys_past_their_life_do_not_stay_in_memory() -> None:
    cache = KeyCache()
    for _ in range(100):
        cache.put(uuid4(), KEY, 100.0)
    cache.put(uuid4(), KEY, 100.0 + KEY_LIFE_S + 1)
    assert len(cache) == 1


def test_the_oldest_keys_leave_when_there_are_too_many() -> None:
    cache = KeyCache()
    refs = [uuid4() for _ in range(KEYS_AT_MOST + 10)]
    for ref in refs:
        cache.put(ref, KEY, 100.0)
    assert len(cache) == KEYS_AT_MOST
    assert [cache.get(ref, 100.0) for ref in refs[:10]] == [None] * 10
    assert cache.get(refs[10], 100.0) is KEY

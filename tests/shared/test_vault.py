"""The vault's memory of keys by itself; the vault against a database is in tests/integration/test_vault.py."""

from uuid import uuid4

from shared.vault import KEY_LIFE_S, KEYS_AT_MOST, KeyCache
from shared.vault_keys import DataKey

KEY = DataKey(uuid4(), b"k" * 32)


def test_a_key_is_remembered_for_its_life_and_no_longer() -> None:
    cache, ref = KeyCache(), uuid4()
    cache.put(ref, KEY, 100.0)
    assert cache.get(ref, 100.0 + KEY_LIFE_S - 0.001) is KEY
    assert cache.get(ref, 100.0 + KEY_LIFE_S) is None


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

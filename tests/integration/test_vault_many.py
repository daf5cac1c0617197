"""Many people of the vault at once, on the real PostgreSQL: the same as one after the other."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID

import psycopg
import pytest

from shared.ids import new_id
from shared.vault import Vault, vault_pool
from shared.vault_many import Document
from tests.support.vaults import vault_as

pytestmark = pytest.mark.integration

KEY = b"k" * 32
SOMJAI, SOMCHAI, PASSPORT = Document("thai", "1970100000011"), Document("thai", "3972200000126"), Document("other", "AB 123")


@pytest.fixture
async def vault(vault_dsn: str) -> AsyncIterator[Vault]:
    async with vault_pool(vault_dsn) as pool:
        yield Vault(pool, master_key=KEY, pepper=KEY)


async def test_many_are_found_as_one_is(vault: Vault) -> None:
    assert await vault.find_many([]) == {}
    assert await vault.find_many([SOMJAI, PASSPORT]) == {}
    refs = {document: await vault.enrol(*document) for document in (SOMJAI, PASSPORT)}
    spelled = Document("other", "ab-123")
    assert await vault.find_many([SOMJAI, SOMCHAI, spelled]) == {SOMJAI: refs[SOMJAI], spelled: refs[PASSPORT]}


async def test_many_are_enrolled_each_once_and_in_order(vault: Vault) -> None:
    known = await vault.enrol(*SOMJAI)
    refs = await vault.enrol_many([SOMCHAI, None, SOMJAI, None, Document("thai", "3-9722-00000-12-6"), PASSPORT])
    assert (refs[2], refs[0]) == (known, refs[4])
    assert len({*refs}) == 5
    assert refs[5] == await vault.find(*PASSPORT)
    assert {ref.version for ref in refs} == {4}
    assert await vault.enrol_many([]) == []
    blocks = [(ref, {"number": place}) for place, ref in enumerate(refs)]
    assert await vault.open_many(await vault.seal_many(blocks)) == [fields for _, fields in blocks]


async def test_who_is_enrolled_again_has_another_day_and_who_is_confirmed_needs_none(vault: Vault, vault_dsn: str) -> None:
    first, confirmed = await vault.enrol_many([SOMJAI, SOMCHAI])
    await vault.confirm([confirmed])
    async with await psycopg.AsyncConnection.connect(vault_as(vault_dsn, "owner"), autocommit=True) as owner:
        await owner.execute("UPDATE keys SET enrolled_at = enrolled_at - interval '2 days'")
        assert await vault.enrol_many([SOMJAI, SOMCHAI]) == [first, confirmed]
        rows = await (await owner.execute("SELECT key_ref FROM keys WHERE enrolled_at > now() - interval '1 day'")).fetchall()
    assert rows == [(first,)]
    assert await vault.sweep(timedelta(days=1)) == 0


async def test_two_who_enrol_the_same_people_in_another_order_get_the_same(vault_dsn: str) -> None:
    documents = [Document("other", f"P{number}") for number in range(300)]
    async with vault_pool(vault_dsn) as pool, vault_pool(vault_as(vault_dsn, "registry")) as other:
        vaults = [Vault(one, master_key=KEY, pepper=KEY) for one in (pool, other)]
        one, another = await asyncio.gather(vaults[0].enrol_many(documents), vaults[1].enrol_many(documents[::-1]))
    assert one == another[::-1]


async def test_nothing_is_sealed_for_who_was_forgotten(vault: Vault) -> None:
    gone, there = await vault.enrol_many([SOMJAI, SOMCHAI])
    await vault.forget(gone)
    sealed = await vault.seal_many([(gone, {"a": 1}), (there, {"a": 2}), (new_id(), {"a": 3})])
    assert [block is not None for block in sealed] == [False, True, False]
    assert (await vault.enrol_many([SOMJAI]))[0] != gone


async def test_keys_of_cases_are_the_same_as_one_by_one(vault: Vault) -> None:
    cases = [new_id() for _ in range(5)]
    alone = await vault.key_for_case(cases[0])
    refs = await vault.keys_for_cases(cases)
    assert refs[cases[0]] == alone
    assert refs == {case: await vault.key_for_case(case) for case in cases}
    assert await vault.keys_for_cases([]) == {}


async def test_a_key_for_a_file_is_in_nobody_s_vault(vault: Vault, vault_dsn: str) -> None:
    name = new_id()
    wrapped, key = vault.file_key(name)
    sealed = key.seal_bytes("เลข 1970100000011".encode())
    assert b"1970100000011" not in sealed
    assert vault.file_key(name, wrapped)[1].open_bytes(sealed) == "เลข 1970100000011".encode()
    assert vault.file_key(new_id())[1].open_bytes(sealed) is None
    assert key.open_bytes(sealed[:-1] + b"\0") is None
    assert not await vault.knows(UUID(int=name.int))
    async with await psycopg.AsyncConnection.connect(vault_as(vault_dsn, "owner")) as owner:
        assert await (await owner.execute("SELECT count(*) FROM keys")).fetchone() == (0,)

"""The vault against a real database: one person once, sealed for those who have the key, gone when forgotten."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from pydantic import JsonValue

from shared.errors import UnavailableError
from shared.events.catalogue import SERVICES
from shared.sealed import Sealed, Unopened
from shared.sealing import WrongMasterKeyError
from shared.vault import KEY_LIFE_S, AlreadyKnownError, PersonForgottenError, Pool, Vault, vault_pool
from tests.support.proxy import Proxy
from tests.support.servers import PostgresServer
from tests.support.vaults import vault_as

pytestmark = pytest.mark.integration

ID = "1970100000011"
FIELDS: dict[str, JsonValue] = {"citizen_id": ID, "first_name": "สมใจ", "last_name": "ใจดี", "phone": "0812345678"}
MASTER, PEPPER = b"m" * 32, b"p" * 32
MakeVault = Callable[..., Vault]


class Clock:
    """A monotonic clock that a test moves."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
async def pools(vault_dsn: str) -> AsyncIterator[dict[str, Pool]]:
    """By service, and of the owner, who looks at the rows and ages them."""
    async with contextlib.AsyncExitStack() as stack:
        names = ["owner", *SERVICES]
        yield {name: await stack.enter_async_context(vault_pool(vault_as(vault_dsn, name))) for name in names}


@pytest.fixture
def pool(pools: dict[str, Pool]) -> Pool:
    return pools["owner"]


@pytest.fixture
def make_vault(pools: dict[str, Pool]) -> MakeVault:
    def make(service: str = "intake", **others: Any) -> Vault:
        return Vault(pools[service], **({"master_key": MASTER, "pepper": PEPPER} | others))

    return make


async def rows_of(pool: Pool) -> list[dict[str, Any]]:
    async with pool.connection() as connection:
        cursor = connection.cursor(row_factory=psycopg.rows.dict_row)
        return await (await cursor.execute("SELECT * FROM keys")).fetchall()


async def age(pool: Pool, days: int) -> None:
    async with pool.connection() as connection:
        await connection.execute("UPDATE keys SET enrolled_at = enrolled_at - make_interval(days => %s)", (days,))


async def test_a_person_is_found_only_after_enrolment_and_by_every_service(make_vault: MakeVault) -> None:
    intake, routing = make_vault("intake"), make_vault("routing")
    assert await routing.find("thai", ID) is None
    ref = await intake.enrol("thai", ID)
    assert await routing.find("thai", "1-9701-00000-01-1") == ref
    assert await routing.find("other", ID) is None


async def test_ten_who_enrol_the_same_person_at_once_get_one_reference(make_vault: MakeVault, pool: Pool) -> None:
    vaults = [make_vault(("registry", "intake", "routing")[number % 3]) for number in range(10)]
    refs = await asyncio.gather(*(vault.enrol("thai", ID) for vault in vaults))
    assert len(set(refs)) == 1
    assert len(await rows_of(pool)) == 1
    # Whoever lost the race must seal with the key that stands, not with the one it had drawn.
    boxes = await asyncio.gather(*(vault.seal(refs[0], FIELDS) for vault in vaults))
    assert await make_vault().open_many(boxes) == [FIELDS] * 10


async def test_people_without_a_document_are_new_each_time(make_vault: MakeVault) -> None:
    vault = make_vault()
    assert await vault.enrol("none", None) != await vault.enrol("none", None)


async def test_a_case_without_a_person_has_one_key_however_often_it_is_asked_for(make_vault: MakeVault) -> None:
    vault, case = make_vault(), uuid4()
    refs = await asyncio.gather(*(vault.key_for_case(case) for _ in range(10)))
    assert set(refs) == {await make_vault("routing").key_for_case(case)}
    assert await vault.key_for_case(uuid4()) not in refs
    assert await vault.open_many([await vault.seal(refs[0], {"detail": "โรงงาน"})]) == [{"detail": "โรงงาน"}]


async def test_blocks_are_opened_in_order_with_one_query_for_all_keys(make_vault: MakeVault, pools: dict[str, Pool]) -> None:
    writer = make_vault()
    refs = [await writer.enrol("none", None) for _ in range(20)]
    boxes: list[Sealed | None] = [await writer.seal(ref, {"number": number}) for number, ref in enumerate(refs)]
    boxes.insert(7, None)
    asked_before = pools["reporting"].get_stats().get("requests_num", 0)
    opened = await make_vault("reporting").open_many(boxes)
    assert pools["reporting"].get_stats()["requests_num"] == asked_before + 1
    assert opened.pop(7) is None
    assert opened == [{"number": number} for number in range(20)]


async def test_a_forgotten_person_leaves_tombstones_and_is_new_when_met_again(make_vault: MakeVault) -> None:
    vault = make_vault()
    ref, other = await vault.enrol("thai", ID), await vault.enrol("none", None)
    boxes = [await vault.seal(ref, FIELDS), await vault.seal(other, {"first_name": "แดง"})]
    await vault.forget(ref)
    await vault.forget(ref)
    assert await vault.open_many(boxes) == [Unopened.FORGOTTEN, {"first_name": "แดง"}]
    assert await vault.find("thai", ID) is None
    with pytest.raises(PersonForgottenError):
        await vault.seal(ref, FIELDS)
    assert await vault.enrol("thai", ID) != ref


async def test_several_are_forgotten_at_once_and_those_still_known_are_counted(make_vault: MakeVault) -> None:
    vault = make_vault()
    refs = [await vault.enrol("none", None) for _ in range(3)]
    assert await vault.forget(*refs[:2]) == 2
    assert await vault.forget(*refs) == 1
    assert await vault.forget() == 0


async def test_only_a_persons_reference_is_known_as_such(make_vault: MakeVault) -> None:
    vault, case = make_vault(), uuid4()
    with_document, without = await vault.enrol("thai", ID), await vault.enrol("none", None)
    assert [await vault.knows(ref) for ref in (with_document, without)] == [True, True]
    assert [await vault.knows(ref) for ref in (await vault.key_for_case(case), case)] == [False, False]
    await vault.forget(with_document)
    assert not await vault.knows(with_document)


async def test_a_person_can_be_given_another_document_but_not_somebody_elses(make_vault: MakeVault) -> None:
    vault = make_vault()
    ref, other, without = await vault.enrol("thai", ID), await vault.enrol("other", "AB-1"), await vault.enrol("none", None)
    box = await vault.seal(ref, FIELDS)
    for _ in range(2):
        await vault.rekey(ref, "other", "ab 2")
    assert (await vault.find("other", "AB2"), await vault.find("thai", ID)) == (ref, None)
    assert await vault.open_many([box]) == [FIELDS]
    with pytest.raises(AlreadyKnownError):
        await vault.rekey(ref, "other", "AB1")
    await vault.rekey(without, "thai", ID)
    assert await vault.enrol("thai", ID) == without
    await vault.forget(other)
    with pytest.raises(PersonForgottenError):
        await vault.rekey(other, "other", "AB3")
    await vault.rekey(ref, "other", "AB1")


async def test_other_processes_stop_reading_a_forgotten_person_within_the_life_of_a_key(make_vault: MakeVault) -> None:
    clock = Clock()
    reader, eraser = make_vault("reporting", monotonic=clock), make_vault("intake")
    ref = await eraser.enrol("thai", ID)
    box = await eraser.seal(ref, FIELDS)
    assert await reader.open_many([box]) == [FIELDS]
    await eraser.forget(ref)
    clock.seconds += KEY_LIFE_S - 0.1
    assert await reader.open_many([box]) == [FIELDS]
    clock.seconds += 0.1
    assert await reader.open_many([box]) == [Unopened.FORGOTTEN]


async def test_one_damaged_block_does_not_keep_the_others_from_being_read(make_vault: MakeVault) -> None:
    vault = make_vault()
    ref = await vault.enrol("thai", ID)
    good = await vault.seal(ref, FIELDS)
    bad = Sealed(key_ref=ref, box=good.box[:-8] + "AAAAAAA=")
    assert await vault.open_many([good, bad, good]) == [FIELDS, Unopened.DAMAGED, FIELDS]


async def test_a_wrong_master_key_is_an_error_and_not_a_tombstone(make_vault: MakeVault) -> None:
    vault = make_vault()
    box = await vault.seal(await vault.enrol("thai", ID), FIELDS)
    with pytest.raises(WrongMasterKeyError):
        await make_vault(master_key=b"n" * 32).open_many([box])


async def test_the_sweep_erases_only_whom_no_event_confirmed_within_a_day(make_vault: MakeVault, pool: Pool) -> None:
    vault = make_vault()
    kept, left = await vault.enrol("thai", ID), await vault.enrol("none", None)
    await vault.confirm([kept])
    await vault.confirm([])
    assert await vault.sweep() == 0
    await age(pool, days=2)
    fresh = await vault.enrol("none", None)
    assert await vault.sweep() == 1
    assert {row["key_ref"] for row in await rows_of(pool)} == {kept, fresh}
    with pytest.raises(PersonForgottenError):
        await vault.seal(left, FIELDS)


async def test_enrolling_again_begins_the_day_anew(make_vault: MakeVault, pool: Pool) -> None:
    vault = make_vault()
    ref = await vault.enrol("thai", ID)
    case = uuid4()
    await vault.key_for_case(case)
    await age(pool, days=2)
    assert await vault.enrol("thai", ID) == ref
    await vault.key_for_case(case)
    assert await vault.sweep() == 0


async def test_the_sweep_of_one_service_leaves_whom_another_enrolled(make_vault: MakeVault, pool: Pool) -> None:
    intake, routing = make_vault("intake"), make_vault("routing")
    ref = await intake.enrol("thai", ID)
    assert await routing.enrol("thai", ID) == ref
    await age(pool, days=2)
    assert await routing.sweep() == 0
    assert await routing.find("thai", ID) == ref
    assert await intake.sweep() == 1
    assert await routing.find("thai", ID) is None


async def test_a_confirmed_person_is_not_written_again_by_enrolment(make_vault: MakeVault, pool: Pool) -> None:
    ref = await make_vault("intake").enrol("thai", ID)
    await make_vault("intake").confirm([ref])
    before = await rows_of(pool)
    assert await make_vault("routing").enrol("thai", ID) == ref
    assert await rows_of(pool) == before


async def test_no_row_of_the_vault_shows_an_id_a_name_or_a_key(make_vault: MakeVault, pool: Pool) -> None:
    vault = make_vault()
    await vault.seal(await vault.enrol("thai", ID), FIELDS)
    stored = repr(await rows_of(pool)).encode()
    assert ID.encode() not in stored
    assert "สมใจ".encode() not in stored
    (row,) = await rows_of(pool)
    assert len(row["person_hash"]) == 32
    assert len(row["wrapped"]) == 12 + 32 + 16


@pytest.fixture
async def proxy(vault_dsn: str) -> AsyncIterator[Proxy]:
    async with Proxy.to(vault_dsn) as made:
        yield made


@pytest.fixture
async def vault_behind(proxy: Proxy) -> AsyncIterator[Vault]:
    async with vault_pool(proxy.dsn) as opened:
        yield Vault(opened, master_key=MASTER, pepper=PEPPER)


async def refused_after(call: Awaitable[object]) -> float:
    """Seconds until the call said that the database is away."""
    began = time.monotonic()
    with pytest.raises(UnavailableError) as refused:
        await call
    assert refused.value.code == "database_unavailable"
    return time.monotonic() - began


async def found_at_last(vault: Vault) -> UUID | None:
    """The person, once the database answers again; at most 10 s later."""
    deadline = time.monotonic() + 10
    while True:
        try:
            return await vault.find("thai", ID)
        except UnavailableError:
            assert time.monotonic() < deadline


async def test_connections_that_broke_meanwhile_are_replaced_unnoticed(proxy: Proxy, vault_behind: Vault) -> None:
    ref = await vault_behind.enrol("thai", ID)
    proxy.cut()
    assert await vault_behind.find("thai", ID) == ref


async def test_a_database_that_is_away_is_told_within_five_seconds_and_found_again(
    make_vault: MakeVault, postgres: PostgresServer
) -> None:
    vault = make_vault()
    ref = await vault.enrol("thai", ID)
    await asyncio.to_thread(postgres.stop)
    calls = [vault.find("thai", ID), vault.enrol("none", None), vault.confirm([ref])]
    assert max(await asyncio.gather(*map(refused_after, calls))) < 5
    await asyncio.to_thread(postgres.start)
    assert await found_at_last(vault) == ref


async def test_a_database_that_hangs_is_told_within_five_seconds_and_found_again(proxy: Proxy, vault_behind: Vault) -> None:
    ref = await vault_behind.enrol("thai", ID)
    proxy.swallow_answers()
    assert await refused_after(vault_behind.find("thai", ID)) < 5
    proxy.cut()
    assert await found_at_last(vault_behind) == ref


async def test_a_forgotten_key_is_a_refusal_and_not_an_outage(make_vault: MakeVault) -> None:
    with pytest.raises(PersonForgottenError) as refused:
        await make_vault().seal(uuid4(), FIELDS)
    assert (refused.value.status, refused.value.code) == (409, "person_forgotten")

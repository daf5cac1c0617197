"""What each service may do in the vault's database, and that screening seals there what it cannot open; on the real PostgreSQL,
as each service's own login."""

import contextlib
from collections.abc import AsyncIterator
from typing import Any, LiteralString
from uuid import UUID, uuid4

import psycopg
import pytest
from pydantic import JsonValue

from deploy.local import databases
from deploy.local.cache import ROOT
from shared.errors import UnavailableError
from shared.events.catalogue import SERVICES
from shared.public_sealing import blinded
from shared.sealed import Unopened
from shared.sealer import Sealer
from shared.sealing import WrongMasterKeyError
from shared.vault import PersonForgottenError, Pool, Vault, case_ref, vault_pool
from shared.vault_halves import make_public_halves
from shared.vault_keys import DataKey, Key, MasterKey
from tests.support.servers import PostgresServer
from tests.support.vaults import new_vault, vault_as

pytestmark = pytest.mark.integration

SCHEMA = sorted((ROOT / "shared" / "schema" / "vault").glob("*.sql"))
MASTER, PEPPER = b"m" * 32, b"p" * 32
ID = "1970100000011"
NOTE: dict[str, JsonValue] = {"note": "โทร 0812345678"}

ENROL_PERSON: LiteralString = "SELECT enrol_person(gen_random_uuid(), NULL, '\\x00', repeat('h', 32)::bytea)"
ENROL_CASE: LiteralString = "SELECT enrol_case(gen_random_uuid(), '\\x00', repeat('h', 32)::bytea)"
BEGIN_CASE: LiteralString = (
    "SELECT begin_case('00000000-0000-5000-8000-000000000001', repeat('f', 32)::bytea, repeat('h', 32)::bytea)"
)
CONFIRM: LiteralString = "SELECT confirm_keys('{}')"
SWEEP: LiteralString = "SELECT sweep_keys('1 day')"
FORGET: LiteralString = "SELECT forget_keys('{}')"
REKEY: LiteralString = "SELECT rekey_person(gen_random_uuid(), NULL)"
READ: LiteralString = "SELECT key_ref, wrapped, factor FROM keys"
FIND: LiteralString = "SELECT confirmed FROM keys WHERE person_hash = repeat('h', 32)::bytea"
HALVES: LiteralString = "SELECT key_ref, public_half FROM keys"
VAULT_HALF: LiteralString = "SELECT public_half FROM vault_half"
ROSTER: LiteralString = "SELECT in_database FROM roster_newest"
ADDS = {ENROL_PERSON, ENROL_CASE, CONFIRM, SWEEP, READ, FIND}
MAY: dict[str, set[LiteralString]] = {
    "registry": ADDS,
    "intake": ADDS | {FORGET, REKEY},
    "screening": {BEGIN_CASE, CONFIRM, SWEEP, HALVES, VAULT_HALF},
    "routing": ADDS | {ROSTER},
    "reporting": {READ},
}
NOBODY_MAY: set[LiteralString] = {
    "SELECT * FROM keys",
    "INSERT INTO keys (key_ref, wrapped, enrolled_by) VALUES (gen_random_uuid(), '\\x00', '{}')",
    "UPDATE keys SET confirmed = false",
    "UPDATE keys SET public_half = NULL",
    "DELETE FROM keys",
    "TRUNCATE keys",
    "UPDATE vault_half SET public_half = public_half",
    "SELECT FROM roster_editions",
    "CREATE TABLE ours (number int)",
    "CREATE TEMPORARY TABLE ours (number int)",
    "SET ROLE vault_owner",
    "SET SESSION AUTHORIZATION vault_owner",
}
EVERYTHING = sorted(NOBODY_MAY.union(*MAY.values()))


@pytest.fixture
async def pools(vault_dsn: str) -> AsyncIterator[dict[str, Pool]]:
    make_public_halves(vault_as(vault_dsn, "owner"), MASTER)
    async with contextlib.AsyncExitStack() as stack:
        names = ["owner", *SERVICES]
        yield {name: await stack.enter_async_context(vault_pool(vault_as(vault_dsn, name))) for name in names}


@pytest.fixture
def sealer(pools: dict[str, Pool]) -> Sealer:
    return Sealer(pools["screening"])


def vault(pools: dict[str, Pool], service: str = "intake") -> Vault:
    return Vault(pools[service], master_key=MASTER, pepper=PEPPER)


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_may_do_in_the_vault_what_it_needs_and_nothing_else(vault_dsn: str, service: str) -> None:
    done, refused = set(), set()
    with psycopg.connect(vault_as(vault_dsn, service), autocommit=True) as connection:
        for statement in EVERYTHING:
            try:
                connection.execute(statement)
                done.add(statement)
            except psycopg.errors.InsufficientPrivilege:
                refused.add(statement)
    assert done == MAY[service]
    assert done | refused == set(EVERYTHING)


def test_nobody_logs_in_as_the_role_that_all_had_together(vault_dsn: str) -> None:
    with pytest.raises(psycopg.OperationalError, match=r"not permitted to log in|password authentication failed"):
        psycopg.connect(psycopg.conninfo.make_conninfo(vault_dsn, user="vault"))


def test_who_only_seals_adds_no_people(vault_dsn: str) -> None:
    factor, half = blinded(MasterKey(MASTER).public_half)
    with psycopg.connect(vault_as(vault_dsn, "screening")) as connection, pytest.raises(psycopg.errors.CheckViolation):
        connection.execute("SELECT begin_case(%s, %s, %s)", (uuid4(), factor, half))


async def test_a_service_sweeps_away_nobody_whom_another_enrolled(pools: dict[str, Pool]) -> None:
    ref = await vault(pools, "intake").enrol("thai", ID)
    case = await vault(pools, "intake").key_for_case(uuid4())
    await ask(pools["owner"], "UPDATE keys SET enrolled_at = enrolled_at - interval '2 days'")
    for other in ("registry", "routing"):
        assert await vault(pools, other).sweep() == 0
    assert await Sealer(pools["screening"]).sweep() == 0
    assert await vault(pools, "intake").sweep() == 2
    assert await ask(pools["owner"], "SELECT FROM keys WHERE key_ref = ANY(%s)", [ref, case]) == []


async def ask(pool: Pool, statement: LiteralString, *parameters: Any) -> list[Any]:
    async with pool.connection() as connection:
        cursor = await connection.execute(statement, parameters)
        return await cursor.fetchall() if cursor.description else []


@pytest.mark.parametrize("reader", ["registry", "intake", "routing", "reporting"])
async def test_what_screening_sealed_for_a_person_opens_for_those_who_may(
    pools: dict[str, Pool], sealer: Sealer, reader: str
) -> None:
    ref = await vault(pools).enrol("thai", ID)
    blocks = [await sealer.seal(ref, NOTE), await vault(pools).seal(ref, {"first_name": "สมใจ"})]
    assert await vault(pools, reader).open_many(blocks) == [NOTE, {"first_name": "สมใจ"}]


async def test_a_case_has_one_key_whoever_began_it(pools: dict[str, Pool], sealer: Sealer) -> None:
    begun_here, begun_there = uuid4(), uuid4()
    ours = await sealer.key_for_case(begun_here)
    assert await vault(pools, "routing").key_for_case(begun_here) == ours == await sealer.key_for_case(begun_here)
    theirs = await vault(pools).key_for_case(begun_there)
    assert await sealer.key_for_case(begun_there) == theirs == case_ref(begun_there)
    blocks = [
        await sealer.seal(ours, NOTE),
        await vault(pools, "routing").seal(ours, {"reason": "อยู่นอกพื้นที่"}),
        await sealer.seal(theirs, NOTE),
    ]
    assert await vault(pools, "reporting").open_many(blocks) == [NOTE, {"reason": "อยู่นอกพื้นที่"}, NOTE]


async def test_what_was_sealed_for_somebody_forgotten_opens_for_nobody(pools: dict[str, Pool], sealer: Sealer) -> None:
    ref = await vault(pools).enrol("thai", ID)
    case = await sealer.key_for_case(uuid4())
    blocks = [await sealer.seal(ref, NOTE), await sealer.seal(case, NOTE)]
    await vault(pools).forget(ref, case)
    assert await vault(pools, "reporting").open_many(blocks) == [Unopened.FORGOTTEN, Unopened.FORGOTTEN]
    with pytest.raises(PersonForgottenError):
        await sealer.seal(ref, NOTE)


async def test_what_screening_confirmed_is_not_swept(pools: dict[str, Pool], sealer: Sealer) -> None:
    kept, left = await sealer.key_for_case(uuid4()), await sealer.key_for_case(uuid4())
    await sealer.confirm([kept])
    await ask(pools["owner"], "UPDATE keys SET enrolled_at = enrolled_at - interval '2 days'")
    assert await sealer.sweep() == 1
    await sealer.seal(kept, NOTE)
    with pytest.raises(PersonForgottenError):
        await sealer.seal(left, NOTE)


async def test_everything_that_screening_is_given_and_may_read_opens_nothing(pools: dict[str, Pool], sealer: Sealer) -> None:
    ref = await vault(pools).enrol("thai", ID)
    case = await sealer.key_for_case(uuid4())
    blocks = [await vault(pools).seal(ref, NOTE), await sealer.seal(ref, NOTE), await sealer.seal(case, NOTE)]
    held = {PEPPER}  # it hashes bodies with it; a login's password leads to what is read below
    held |= {half for (half,) in await ask(pools["screening"], VAULT_HALF)}
    held |= {bytes(part) for row in await ask(pools["screening"], HALVES) for part in row if isinstance(part, bytes)}
    assert len(held) == 4
    for secret in held:
        for block in blocks:
            assert DataKey(block.key_ref, secret).open(block) is Unopened.DAMAGED
            for factor in held:
                assert MasterKey(secret).key(block.key_ref, None, factor).open(block) is Unopened.DAMAGED
    # A reader of its own making with its login, and even with the right master key, is not let at the keys.
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        await vault(pools, "screening").open_many(blocks)


def older_vault(postgres: PostgresServer) -> tuple[databases.VaultDatabase, dict[UUID, Key]]:
    """One of a release before, with people in it, brought up to date."""
    made, master = new_vault(postgres), MasterKey(MASTER)
    before, rights = SCHEMA[:2], SCHEMA[2:]
    keys = {}
    with psycopg.connect(made.owner, autocommit=True) as connection:
        for path in before:
            connection.execute(path.read_bytes())
        for ref in (uuid4(), uuid4(), uuid4()):
            wrapped, _ = master.new(ref)
            connection.execute(
                "INSERT INTO keys (key_ref, wrapped, enrolled_by, confirmed) VALUES (%s, %s, '{intake}', true)", (ref, wrapped)
            )
            keys[ref] = master.key(ref, wrapped, None)
        for path in rights:
            connection.execute(path.read_bytes())
    return made, keys


def test_what_all_services_had_together_is_taken_away(postgres: PostgresServer) -> None:
    made, _ = older_vault(postgres)
    with psycopg.connect(made.owner, autocommit=True) as connection:
        left = "SELECT count(*) FROM information_schema.role_table_grants WHERE grantee = 'vault'"
        assert connection.execute(left).fetchone() == (0,)
        assert connection.execute("SELECT count(*), count(public_half) FROM keys").fetchone() == (3, 0)
    postgres.drop(made.owner)


async def test_keys_of_before_there_were_halves_get_theirs_by_migrating(postgres: PostgresServer) -> None:
    made, keys = older_vault(postgres)
    async with vault_pool(made.apps["screening"]) as pool:
        sealer = Sealer(pool)
        for call in (sealer.seal(next(iter(keys)), NOTE), sealer.key_for_case(uuid4())):
            with pytest.raises(UnavailableError, match="key_not_ready"):
                await call
        assert [make_public_halves(made.owner, MASTER) for _ in range(2)] == [3, 0]
        for ref, key in keys.items():
            assert key.open(await sealer.seal(ref, NOTE)) == NOTE
    postgres.drop(made.owner)


def test_another_master_key_is_found_out_by_migrating(vault_dsn: str) -> None:
    owner = vault_as(vault_dsn, "owner")
    make_public_halves(owner, MASTER)
    with pytest.raises(WrongMasterKeyError):
        make_public_halves(owner, b"n" * 32)
    with psycopg.connect(owner) as connection:
        assert connection.execute("SELECT public_half FROM vault_half").fetchall() == [(MasterKey(MASTER).public_half,)]

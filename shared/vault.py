"""The vault: who an opaque reference is, and the key that opens what was sealed for them. The one door to its own database,
used like a key service: the keys are in `vault_keys.py`, who only seals has `sealer.py`, and what a service may do its login says
(`schema/vault/0003_rights.sql`). Nothing personal is logged or put into an error."""

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import Any, LiteralString
from uuid import UUID, uuid4

from psycopg.errors import UniqueViolation
from psycopg.rows import TupleRow
from psycopg_pool import AsyncConnectionPool
from pydantic import JsonValue

from shared import sealing, vault_many
from shared.connecting import TimedConnection, ask, check_when_idle
from shared.errors import RefusedError
from shared.ids import PersonRef, derived_id
from shared.metrics import VAULT_DAMAGED
from shared.roster import Roster
from shared.sealed import Sealed, Unopened
from shared.vault_keys import DataKey, Key, MasterKey
from shared.vault_many import Document

logger = logging.getLogger(__name__)

Pool = AsyncConnectionPool[TimedConnection]

KEY_LIFE_S = 5.0
"""For how long a process may go on reading a person who was forgotten elsewhere."""
KEYS_AT_MOST = 10_000
ANSWER_WITHIN_S = 4.0
PATIENCE_S = 3.0
# A thousand keys or blocks take about 3 ms: longer than that the event loop is not kept from others.
_PER_TURN = 1000
_SEALED_PER_TURN = 200

_FIND: LiteralString = "SELECT key_ref FROM keys WHERE person_hash = %s"
_KEYS: LiteralString = "SELECT key_ref, wrapped, factor FROM keys WHERE key_ref = ANY(%s)"
_ENROL_PERSON: LiteralString = "SELECT key_ref, wrapped, factor FROM enrol_person(%s, %s, %s, %s)"
_ENROL_CASE: LiteralString = "SELECT key_ref, wrapped, factor FROM enrol_case(%s, %s, %s)"
_CONFIRM: LiteralString = "SELECT confirm_keys(%s)"
_SWEEP: LiteralString = "SELECT sweep_keys(%s)"
_FORGET: LiteralString = "SELECT forget_keys(%s)"
_REKEY: LiteralString = "SELECT rekey_person(%s, %s)"
# The keys of cases are derived from them (`case_ref`), those of people are random.
_OF_PEOPLE = 4


class PersonForgottenError(RefusedError):
    """Nothing can be sealed for this reference any more: its key is erased."""

    def __init__(self) -> None:
        super().__init__("person_forgotten", "nothing more can be kept about this person")


class AlreadyKnownError(RefusedError):
    """The document belongs to another person of the vault."""

    def __init__(self) -> None:
        super().__init__("already_known", "another person is known by this document")


def vault_pool(dsn: str, *, size: int = 8) -> Pool:
    """Connections to the vault, not yet opened. An outage is noticed within `connect_timeout`; afterwards the first caller
    connects at once, because a pool that gives up soon (`reconnect_timeout`) does not wait out a long back-off."""
    return AsyncConnectionPool(
        dsn,
        connection_class=TimedConnection,
        kwargs={"autocommit": True, "connect_timeout": 2, "options": "-c statement_timeout=3000"},
        min_size=1,
        max_size=size,
        timeout=3,
        reconnect_timeout=2,
        check=check_when_idle,
        open=False,
        name="vault",
    )


def case_ref(case_id: UUID) -> UUID:
    """The reference of the key of a case, or of another stream, without a person."""
    return derived_id(case_id, "vault key")


async def confirm(pool: Pool, refs: Iterable[UUID]) -> None:
    await ask(pool, _CONFIRM, (list(refs),), patience=PATIENCE_S)


async def sweep(pool: Pool, older_than: timedelta) -> list[UUID]:
    """Who was erased."""
    return [key_ref for (key_ref,) in await ask(pool, _SWEEP, (older_than,), patience=PATIENCE_S)]


class KeyCache:
    """Unwrapped keys for at most `life_s` seconds after they were asked for, so that forgetting is heeded everywhere soon.
    Entries stand in order of age: the oldest leave first."""

    def __init__(self, life_s: float = KEY_LIFE_S) -> None:
        self._life_s = life_s
        self._keys: OrderedDict[UUID, tuple[float, Key]] = OrderedDict()

    def get(self, key_ref: UUID, now: float) -> Key | None:
        entry = self._keys.get(key_ref)
        return entry[1] if entry is not None and now < entry[0] + self._life_s else None

    def put(self, key_ref: UUID, key: Key, asked_at: float) -> None:
        """`asked_at`: monotonic time before the query; an answer may be late, but the key was there at that moment."""
        self._keys.pop(key_ref, None)
        self._keys[key_ref] = (asked_at, key)
        while len(self._keys) > KEYS_AT_MOST or next(iter(self._keys.values()))[0] + self._life_s < asked_at:
            self._keys.popitem(last=False)

    def drop(self, key_ref: UUID) -> None:
        self._keys.pop(key_ref, None)

    def __len__(self) -> int:
        return len(self._keys)


class Vault:
    """Every method raises UnavailableError (`database_unavailable`) within ANSWER_WITHIN_S when the database is away;
    all of them may be repeated."""

    def __init__(
        self,
        pool: Pool,
        *,
        master_key: bytes,
        pepper: bytes,
        key_life_s: float = KEY_LIFE_S,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._pool = pool
        self.roster = Roster(pool)
        self._monotonic = monotonic
        self._master = MasterKey(master_key)
        self._pepper = pepper
        self._cache = KeyCache(key_life_s)

    async def find(self, id_kind: str, citizen_id: str) -> PersonRef | None:
        """The person with that document, if enrolled by any service."""
        rows = await self._rows(_FIND, (sealing.person_hash(self._pepper, id_kind, citizen_id),))
        return PersonRef(rows[0][0]) if rows else None

    async def enrol(self, id_kind: str, citizen_id: str | None) -> PersonRef:
        """The person with that document, made if new; with `id_kind` `none` always a new one. To be called last before the
        append: who is not confirmed within a day is swept away, and enrolling again starts that day anew."""
        digest = None if id_kind == "none" else sealing.person_hash(self._pepper, id_kind, citizen_id or "")
        key_ref = uuid4()
        return PersonRef(await self._enrol(_ENROL_PERSON, (key_ref, digest, *self._master.new(key_ref))))

    async def key_for_case(self, case_id: UUID) -> UUID:
        """The key of a case, or of another stream, without a person: the same for every call with that id, unconfirmed like
        a person's."""
        key_ref = case_ref(case_id)
        return await self._enrol(_ENROL_CASE, (key_ref, *self._master.new(key_ref)))

    async def find_many(self, documents: Collection[Document]) -> dict[Document, PersonRef]:
        """As `find`, in one question; who is not enrolled is left out."""
        return await vault_many.find(self._rows, self._pepper, documents)

    async def enrol_many(self, documents: Sequence[Document | None]) -> list[PersonRef]:
        """As `enrol`, in two questions: one person for each, in order; None is somebody without a document, new each time."""
        keep = partial(self._keep, asked_at=self._monotonic())
        return await vault_many.enrol(self._rows, keep, self._master, self._pepper, documents)

    async def keys_for_cases(self, case_ids: Collection[UUID]) -> dict[UUID, UUID]:
        """As `key_for_case`, in one question."""
        refs = {case_id: case_ref(case_id) for case_id in case_ids}
        await vault_many.enrol_cases(self._rows, partial(self._keep, asked_at=self._monotonic()), self._master, refs.values())
        return refs

    async def seal_many(self, blocks: Sequence[tuple[UUID, Mapping[str, JsonValue]]]) -> list[Sealed | None]:
        """As `seal`, in order; None where there is no such key any more."""
        keys, sealed = await self._keys({key_ref for key_ref, _ in blocks}), list[Sealed | None]()
        for number, (key_ref, fields) in enumerate(blocks, start=1):
            sealed.append(keys[key_ref].seal(fields) if key_ref in keys else None)
            if number % _SEALED_PER_TURN == 0:
                await asyncio.sleep(0)
        return sealed

    def file_key(self, name: UUID, wrapped: bytes | None = None) -> tuple[bytes, DataKey]:
        """A key for what is kept for a while outside of events: new, or out of what was kept of it. Nothing of it is in the
        vault: `wrapped` is to be kept beside what it seals, and to be erased with it."""
        wrapped = wrapped or self._master.new(name)[0]
        return wrapped, self._master.data_key(name, wrapped)

    async def seal(self, key_ref: UUID, fields: Mapping[str, JsonValue]) -> Sealed:
        """Raises PersonForgottenError where there is no such key."""
        key = (await self._keys([key_ref])).get(key_ref)
        if key is None:
            raise PersonForgottenError
        return key.seal(fields)

    async def open_many(self, sealed: Sequence[Sealed | None]) -> list[dict[str, JsonValue] | Unopened | None]:
        """One answer per block, in order: its fields, or why it did not open; None for None. A block that is damaged does
        not keep the others from being read."""
        keys = await self._keys({block.key_ref for block in sealed if block is not None})
        opened: list[dict[str, JsonValue] | Unopened | None] = []
        for number, block in enumerate(sealed, start=1):
            opened.append(None if block is None else self._open(keys.get(block.key_ref), block))
            if number % _PER_TURN == 0:
                await asyncio.sleep(0)
        return opened

    async def confirm(self, refs: Iterable[UUID]) -> None:
        """An event that carries these references is stored: the sweep leaves them alone from now on."""
        await confirm(self._pool, refs)

    async def sweep(self, older_than: timedelta = timedelta(days=1)) -> int:
        """Erases whom no event confirmed within `older_than`, of those that this service alone enrolled; returns how many.
        To be run only after all stored events of that time have been confirmed."""
        erased = await sweep(self._pool, older_than)
        for key_ref in erased:
            self._cache.drop(key_ref)
        return len(erased)

    async def knows(self, person_ref: UUID) -> bool:
        """Whether it is a person's reference. The key of a case is nobody's."""
        return person_ref.version == _OF_PEOPLE and bool(await self._rows(_KEYS, ([person_ref],)))

    async def rekey(self, person_ref: UUID, id_kind: str, citizen_id: str) -> None:
        """From now on the person is found by this document, and no more by the one before. May be repeated. Raises
        AlreadyKnownError, and PersonForgottenError where there is no such person."""
        try:
            rows = await self._rows(_REKEY, (person_ref, sealing.person_hash(self._pepper, id_kind, citizen_id)))
        except UniqueViolation:
            raise AlreadyKnownError from None
        if not rows:
            raise PersonForgottenError

    async def forget(self, *people: UUID) -> int:
        """Erases key and keyed hash: what was sealed for them can never be read again, and the same document would be a new
        person. Other processes stop reading within the life of a cached key. Returns how many of them were still known."""
        erased = await self._rows(_FORGET, (list(people),))
        for person_ref in people:
            self._cache.drop(person_ref)
        return len(erased)

    async def _enrol(self, statement: LiteralString, new: Sequence[object]) -> UUID:
        asked_at = self._monotonic()
        # Somebody may be known, or have been faster: the row that stands is the answer.
        ((standing_ref, *row),) = await self._rows(statement, new)
        self._keep(standing_ref, *row, asked_at=asked_at)
        found: UUID = standing_ref
        return found

    async def _keys(self, refs: Collection[UUID]) -> dict[UUID, Key]:
        now = self._monotonic()
        keys = {ref: key for ref in refs if (key := self._cache.get(ref, now)) is not None}
        missing = [ref for ref in refs if ref not in keys]
        if missing:
            for number, (key_ref, *row) in enumerate(await self._rows(_KEYS, (missing,)), start=1):
                keys[key_ref] = self._keep(key_ref, *row, asked_at=now)
                if number % _PER_TURN == 0:
                    await asyncio.sleep(0)
        return keys

    def _keep(self, key_ref: UUID, wrapped: bytes | None, factor: bytes | None, *, asked_at: float) -> Key:
        key = self._master.key(key_ref, wrapped, factor)
        self._cache.put(key_ref, key, asked_at)
        return key

    def _open(self, key: Key | None, block: Sealed) -> dict[str, JsonValue] | Unopened:
        if key is None:
            return Unopened.FORGOTTEN
        opened = key.open(block)
        if opened is Unopened.DAMAGED:
            VAULT_DAMAGED.inc()
            logger.error("a sealed block does not open with its key", extra={"key_ref": str(block.key_ref)})
        return opened

    async def _rows(self, statement: LiteralString, parameters: Any) -> list[TupleRow]:
        return await ask(self._pool, statement, parameters, patience=PATIENCE_S)

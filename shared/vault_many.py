"""Many people of the vault at once, for whoever takes in whole tables: one question for all of them instead of one each. The
vault itself, and what its methods mean, is `vault.py`."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from typing import Any, LiteralString, NamedTuple
from uuid import UUID, uuid4

from psycopg.rows import TupleRow

from shared import sealing
from shared.ids import PersonRef
from shared.vault_keys import MasterKey

Ask = Callable[[LiteralString, Any], Awaitable[list[TupleRow]]]
Keep = Callable[[UUID, bytes | None, bytes | None], object]
"""From a row's reference, wrapped key and factor to what stays in the cache."""

# Making a key takes a tenth of a millisecond: so many are made until others have their turn.
_PER_TURN = 50

_FIND: LiteralString = "SELECT person_hash, key_ref FROM keys WHERE person_hash = ANY(%s)"
_CONFIRMED: LiteralString = "SELECT person_hash, key_ref, wrapped, factor FROM keys WHERE person_hash = ANY(%s) AND confirmed"
# One call for each, in the order given, so that two who enrol the same people do not wait for each other.
_ENROL_PEOPLE: LiteralString = """
SELECT n.ref, k.key_ref, k.wrapped, k.factor
FROM unnest(%s::uuid[], %s::bytea[], %s::bytea[], %s::bytea[]) AS n(ref, hash, key, half)
CROSS JOIN LATERAL enrol_person(n.ref, n.hash, n.key, n.half) AS k
"""
_ENROL_CASES: LiteralString = """
SELECT n.ref, k.key_ref, k.wrapped, k.factor
FROM unnest(%s::uuid[], %s::bytea[], %s::bytea[]) AS n(ref, key, half)
CROSS JOIN LATERAL enrol_case(n.ref, n.key, n.half) AS k
"""


class Document(NamedTuple):
    """What a person is known by."""

    id_kind: str
    citizen_id: str


async def find(ask: Ask, pepper: bytes, documents: Collection[Document]) -> dict[Document, PersonRef]:
    digests = {document: sealing.person_hash(pepper, *document) for document in documents}
    if not digests:
        return {}
    found = {bytes(digest): PersonRef(ref) for digest, ref in await ask(_FIND, (list({*digests.values()}),))}
    return {document: found[digest] for document, digest in digests.items() if digest in found}


async def enrol(ask: Ask, keep: Keep, master: MasterKey, pepper: bytes, documents: Sequence[Document | None]) -> list[PersonRef]:
    digests = [None if document is None else sealing.person_hash(pepper, *document) for document in documents]
    known = {digest for digest in digests if digest is not None}
    standing: dict[bytes, UUID] = {}
    if known:
        for digest, ref, *row in await ask(_CONFIRMED, (list(known),)):
            standing[bytes(digest)] = ref
            keep(ref, *row)
    missing: list[tuple[UUID, bytes | None]] = [(uuid4(), digest) for digest in sorted(known - standing.keys())]
    alone = [uuid4() for digest in digests if digest is None]
    made = await _made(ask, keep, master, [*missing, *((ref, None) for ref in alone)])
    standing |= {digest: made[ref] for ref, digest in missing if digest is not None}
    nobodys = iter(alone)
    return [PersonRef(made[next(nobodys)] if digest is None else standing[digest]) for digest in digests]


async def _made(ask: Ask, keep: Keep, master: MasterKey, people: Sequence[tuple[UUID, bytes | None]]) -> dict[UUID, UUID]:
    """By the reference that was offered, the one that stands: somebody may have been faster."""
    if not people:
        return {}
    refs, digests = [list(column) for column in zip(*people, strict=True)]
    return await _enrolled(ask, keep, _ENROL_PEOPLE, (refs, digests, *await _new_keys(master, refs)))


async def enrol_cases(ask: Ask, keep: Keep, master: MasterKey, refs: Iterable[UUID]) -> None:
    ordered = sorted(refs)
    if ordered:
        await _enrolled(ask, keep, _ENROL_CASES, (ordered, *await _new_keys(master, ordered)))


async def _enrolled(ask: Ask, keep: Keep, statement: LiteralString, given: Sequence[Any]) -> dict[UUID, UUID]:
    found = {}
    for number, (offered, ref, *row) in enumerate(await ask(statement, given), start=1):
        keep(ref, *row)
        found[offered] = ref
        if number % _PER_TURN == 0:
            await asyncio.sleep(0)
    return found


async def _new_keys(master: MasterKey, refs: Sequence[UUID]) -> tuple[list[bytes], list[bytes]]:
    keys = []
    for number, ref in enumerate(refs, start=1):
        keys.append(master.new(ref))
        if number % _PER_TURN == 0:
            await asyncio.sleep(0)
    return [wrapped for wrapped, _ in keys], [half for _, half in keys]

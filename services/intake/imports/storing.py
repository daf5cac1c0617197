"""New rows into the store, all that can be in one call: their people are enrolled and their words sealed together, and each joins
its line of duplicates behind those before it."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from services.intake import domain
from services.intake.duplicates import Line, line_name, lines, numbered
from services.intake.imports.reading import PER_TURN, Reported
from services.intake.imports.rows import ROW, ROW_OF, identity
from shared.errors import ConflictError
from shared.imports.storing import append_all
from shared.sealed import Sealed
from shared.store import Claim, Group, Stream
from shared.store.groups import Said
from shared.web import Change, Edge
from shared.web.position import position_of

_TAG = b"row 1\0"
_STORED = 1
"""Events of a need that was stored a moment ago."""


def row_key(edge: Edge, one: Reported, ref: UUID | None) -> str:
    """Of a row's claim. It is keyed: who can read claims learns no names from it. `ref` of somebody with a document."""
    return edge.keyed(_TAG + identity(one.body, one.need, None if ref is None else str(ref))).hex()


@dataclass(frozen=True, slots=True)
class New:
    """A row that is not there yet, and the person's reference where that was found."""

    reported: Reported
    ref: UUID | None


@dataclass(slots=True)
class _Place:
    """The next in a line: how many stand there, who is the original, and the row that joined last, in this chunk."""

    line: Line
    length: int
    original: UUID | None
    before: UUID | None = None

    def join(self, case_id: UUID) -> tuple[Claim, UUID | None]:
        """The claim, and what the need is a duplicate of."""
        original = self.original
        self.length, self.original, self.before = self.length + 1, original or case_id, case_id
        return numbered(self.line.name, self.length, case_id), original


@dataclass(frozen=True, slots=True)
class _Person:
    """Who a row is about, and what is sealed; `ref` None for nobody."""

    ref: UUID | None
    person: Sealed | None
    words: Sealed | None


class Storing:
    """Of one import."""

    def __init__(self, edge: Edge) -> None:
        self._edge = edge

    async def store(self, new: Sequence[New]) -> tuple[list[Reported], str | None]:
        """Those that were stored, and the position of the last ones. The others lost against somebody, or their person was
        forgotten at this moment: they are to be looked at again."""
        people = await self._people(new)
        places = await self._places(new, people)
        groups = []
        for number, (one, person) in enumerate(people.items(), start=1):
            groups.append(self._group(one, person, places.get(one.case_id)))
            if number % PER_TURN == 0:
                await asyncio.sleep(0)
        stored, said = list[Reported](), list[Said]()
        for one, group, outcome in zip(people, groups, await append_all(self._edge.store, groups), strict=True):
            if not isinstance(outcome, ConflictError):
                stored.append(one)
                said += group.said
        return stored, position_of(self._edge.store.service, said) if said else None

    async def _people(self, new: Sequence[New]) -> dict[Reported, _Person]:
        """Without those who are somebody else by now: forgotten since they were found, the same document is a new person."""
        named = [one for one in new if one.reported.body.citizen is not None]
        refs = await self._edge.vault.enrol_many([one.reported.document for one in named])
        found = {one.reported: ref for one, ref in zip(named, refs, strict=True) if one.ref in (None, ref)}
        rows = [one.reported for one in new if one.reported.body.citizen is None or one.reported in found]
        return await self._sealed(rows, found)

    async def _sealed(self, rows: Sequence[Reported], refs: dict[Reported, Any]) -> dict[Reported, _Person]:
        vault = self._edge.vault
        cases = await vault.keys_for_cases([one.case_id for one in rows if one.body.detail is not None and one not in refs])
        blocks: list[tuple[UUID, dict[str, Any]]] = []
        for one in rows:
            if one.body.citizen is not None:
                blocks.append((refs[one], one.body.citizen.personal()))
            if one.body.detail is not None:
                blocks.append((refs.get(one) or cases[one.case_id], {"detail": one.body.detail}))
        sealed = iter(await vault.seal_many(blocks))
        found = {}
        for one in rows:
            person = None if one.body.citizen is None else next(sealed)
            words = None if one.body.detail is None else next(sealed)
            gone = (one.body.citizen is not None and person is None) or (one.body.detail is not None and words is None)
            if not gone:
                found[one] = _Person(refs.get(one), person, words)
        return found

    async def _places(self, new: Sequence[New], people: dict[Reported, _Person]) -> dict[UUID, _Place]:
        """By case: its line, which rows of one line share. Nobody stands in the line of somebody who was enrolled just now."""
        lined = {one: person.ref for one, person in people.items() if one.document is not None and person.ref is not None}
        names = {one: line_name(ref, one.need) for one, ref in lined.items()}
        met = {one.reported for one in new if one.ref is not None}
        older = await lines(self._edge.store, {name for one, name in names.items() if one in met})
        places: dict[str, _Place] = {}
        for name in names.values():
            line = older.get(name) or Line(name, 0, None)
            places.setdefault(name, _Place(line, line.length, None if line.original is None else line.original.id))
        return {one.case_id: places[name] for one, name in names.items()}

    def _group(self, one: Reported, person: _Person, place: _Place | None) -> Group:
        claims = [Claim("take", ROW, row_key(self._edge, one, None if one.document is None else person.ref), one.case_id)]
        if one.document is None and person.ref is not None:
            claims.append(Claim("take", ROW_OF, str(person.ref), one.case_id))
        known: list[tuple[UUID, int]] = []
        original: UUID | None = None
        if place is not None:
            known = _rests_on(place)
            claim, original = place.join(one.case_id)
            claims.append(claim)
        event = domain.report_need(
            one.case_id, one.need, person_ref=person.ref, person=person.person, words=person.words, original=original
        )
        stream = Stream(one.case_id, self._edge.store.service, ())
        group = self._edge.group(Change(stream, [event], answer={}, status=201, claims=claims, about=person.ref))
        return replace(group, known=[*group.known, *known])


def _rests_on(place: _Place) -> list[tuple[UUID, int]]:
    """The original, as it was loaded or is about to be stored, and whoever joined just before: were that one left out, the next
    number would leave a hole in the line."""
    known = {} if place.before is None else {place.before: _STORED}
    if place.line.original is not None:
        known[place.line.original.id] = place.line.original.known
    elif place.original is not None:
        known[place.original] = _STORED
    return list(known.items())

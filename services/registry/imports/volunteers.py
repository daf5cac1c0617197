"""Volunteers of a roster, a chunk at a time: who serves where already is asked for all rows at once, and who is new goes into the
store together. Which rows are good is `reading.py`."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from services.registry import domain
from services.registry.imports.reading import PER_TURN, Appointed, Reading
from services.registry.rules import TERM_YEARS
from services.registry.serving import SERVING, appointment, place
from shared.buddhist_calendar import term_ends_on
from shared.errors import ClaimedError, ConflictError, RefusedError, UnavailableError
from shared.ids import new_id
from shared.imports.results import RowResult, Taken
from shared.imports.storing import append_all
from shared.sheets.reading import Row
from shared.store import Group, Stream
from shared.store.groups import Said
from shared.vault_many import Document
from shared.web import Edge
from shared.web.position import position_of

TRIES = 600
"""More than a chunk has rows: of one person in one place they go one after another."""


@dataclass(frozen=True, slots=True)
class _New:
    """A row whose person does not serve there. `ref`: where the person was found; `held_by`: who had the place."""

    appointed: Appointed
    ref: UUID | None
    held_by: Stream | None


class VolunteerImporter:
    def __init__(self, edge: Edge, dry_run: bool) -> None:
        self._edge, self._dry_run = edge, dry_run
        self._reading = Reading(edge)
        self._ids: dict[int, UUID] = {}
        """Of the volunteers that rows become, by number: a row keeps it however often it is tried."""
        self._would_serve_until: dict[tuple[Document, str], date] = {}
        """Of a dry run: what it would have stored by now."""

    async def take(self, rows: Sequence[Row]) -> Taken:
        """Raises UnavailableError, also where others change the same places all the time (`busy`)."""
        waiting, results = await self._reading.read(rows)
        results += (done := await self._stored_before(waiting))
        settled = {one.row for one in done}
        position = None
        for _ in range(TRIES):
            waiting = [one for one in waiting if one.row not in settled]
            if not waiting:
                return Taken(tuple(results), position)
            found, new = await self._told_apart(waiting)
            if not self._dry_run:
                stored, last = await self._store(new)
                found, position = [*found, *stored], last or position
            results += found
            settled = {one.row for one in found}
        raise UnavailableError("busy", "others change the same things; try again")

    async def _stored_before(self, waiting: Sequence[Appointed]) -> list[RowResult]:
        """Rows that an earlier try has stored, and nobody could tell. Somebody may have followed them in their place since."""
        tried = {self._ids[one.row]: one.row for one in waiting if one.row in self._ids}
        streams = await self._edge.store.load_many(list(tried)) if tried else {}
        return [RowResult(row, "accepted", id=one) for one, row in tried.items() if streams[one].events]

    async def _told_apart(self, waiting: Sequence[Appointed]) -> tuple[list[RowResult], list[_New]]:
        """Who serves there already, and the first of each place who does not; who comes behind that one waits for the outcome."""
        people = await self._edge.vault.find_many({one.document for one in waiting})
        holders = await self._holders(
            {place(people[one.document], one.body.area_code) for one in waiting if one.document in people}
        )
        found, new, begun = list[RowResult](), list[_New](), set[tuple[Document, str]]()
        for one in waiting:
            if one.seat in begun:
                continue
            ref = people.get(one.document)
            held_by = None if ref is None else holders.get(place(ref, one.body.area_code))
            if held_by is not None and _serves(held_by, one):
                found.append(RowResult(one.row, "matched", id=held_by.id))
            elif self._dry_run:
                found.append(self._imagined(one))
            else:
                begun.add(one.seat)
                new.append(_New(one, ref, held_by))
        return found, new

    async def _holders(self, places: set[str]) -> dict[str, Stream]:
        held = await self._edge.store.holders(SERVING, sorted(places)) if places else {}
        streams = await self._edge.store.load_many(sorted(set(held.values()))) if held else {}
        return {one: streams[volunteer_id] for one, volunteer_id in held.items()}

    def _imagined(self, one: Appointed) -> RowResult:
        """What would become of it."""
        day, until = one.body.appointed_on, self._would_serve_until.get(one.seat)
        if until is not None and day <= until:
            return RowResult(one.row, "matched")
        self._would_serve_until[one.seat] = term_ends_on(day, years=TERM_YEARS)
        return RowResult(one.row, "accepted")

    async def _store(self, new: Sequence[_New]) -> tuple[list[RowResult], str | None]:
        """Those that were stored, and the position of the last ones. The others lost against somebody, or their person was
        forgotten at this moment: they are to be looked at again."""
        groups = await self._groups(new)
        outcomes = await append_all(self._edge.store, list(groups.values()))
        stored, said = list[RowResult](), list[Said]()
        for (row, group), outcome in zip(groups.items(), outcomes, strict=True):
            if not isinstance(outcome, ConflictError):
                stored.append(RowResult(row, "accepted", id=self._ids[row]))
                said += group.said
            elif isinstance(outcome, ClaimedError):
                # The place, or by the oddest chance the number of the card, which comes of the id.
                del self._ids[row]
        return stored, position_of(self._edge.store.service, said) if said else None

    async def _groups(self, new: Sequence[_New]) -> dict[int, Group]:
        """By row."""
        vault = self._edge.vault
        refs = await vault.enrol_many([one.appointed.document for one in new])
        sealed = await vault.seal_many([(ref, one.appointed.body.personal()) for one, ref in zip(new, refs, strict=True)])
        groups = {}
        for number, (one, ref, person) in enumerate(zip(new, refs, sealed, strict=True), start=1):
            # Who was found and is another now was forgotten since.
            if person is not None and one.ref in (None, ref):
                row = one.appointed.row
                volunteer_id = self._ids.setdefault(row, new_id())
                change = appointment(
                    self._edge, volunteer_id, one.appointed.body, person_ref=ref, person=person, held_by=one.held_by
                )
                groups[row] = self._edge.group(change)
            if number % PER_TURN == 0:
                await asyncio.sleep(0)
        return groups


def _serves(held_by: Stream, one: Appointed) -> bool:
    try:
        domain.refuse_if_serving(domain.volunteer_of(held_by.events), one.body.appointed_on)
    except RefusedError:
        return True
    return False

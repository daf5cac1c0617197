"""Needs of a survey sheet, a chunk at a time: what is there already is asked for all rows at once, and what is new goes into the
store together (`storing.py`). Which rows are good is `reading.py`."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from uuid import UUID

from services.intake.imports.reading import Reading, Reported
from services.intake.imports.rows import ROW, identity
from services.intake.imports.storing import New, Storing, row_key
from services.intake.reach import seen
from shared.errors import UnavailableError
from shared.imports.results import RowResult, Taken
from shared.sealing import normalised
from shared.sheets.reading import Row
from shared.vault_many import Document
from shared.web import Edge

TRIES = 50


class NeedImporter:
    def __init__(self, edge: Edge, dry_run: bool) -> None:
        self._edge, self._dry_run = edge, dry_run
        self._reading, self._storing = Reading(edge), Storing(edge)
        self._would_be: set[bytes] = set()
        """Of a dry run: what it would have stored by now."""

    async def take(self, rows: Sequence[Row]) -> Taken:
        """Raises UnavailableError, also where others change the same lines all the time (`busy`)."""
        waiting, results = await self._reading.read(rows)
        position = None
        for _ in range(TRIES):
            if not waiting:
                return Taken(tuple(results), position)
            people = await self._edge.vault.find_many({one.document for one in waiting if one.document is not None})
            known, new = await self._told_apart(waiting, people)
            if self._dry_run:
                return Taken((*results, *known, *(self._imagined(one.reported) for one in new)))
            stored, last = await self._storing.store(new)
            results += [*known, *(RowResult(one.row, "accepted", id=one.case_id) for one in stored)]
            position = last or position
            settled = {one.row for one in known} | {one.row for one in stored}
            waiting = [one for one in waiting if one.row not in settled]
        raise UnavailableError("busy", "others change the same things; try again")

    async def _told_apart(
        self, waiting: Sequence[Reported], people: Mapping[Document, UUID]
    ) -> tuple[list[RowResult], list[New]]:
        """What is there already, and what is not. Who is not enrolled has reported nothing before."""
        new = [New(one, None if one.document is None else people.get(one.document)) for one in waiting]
        keys = {
            one.reported.row: row_key(self._edge, one.reported, one.ref)
            for one in new
            if one.reported.document is None or one.ref is not None
        }
        held = await self._edge.store.holders(ROW, list(keys.values()))
        cases = {row: held[key] for row, key in keys.items() if key in held}
        known = [_known(one, cases[one.row]) for one in waiting if one.row in cases]
        return await self._shown(known), [one for one in new if one.reported.row not in cases]

    async def _shown(self, known: list[RowResult]) -> list[RowResult]:
        """The same place, and so of the caller's province; but it may be of a unit that is not his."""
        if self._edge.reach.whole or not known:
            return known
        streams = await self._edge.store.load_many([one.id for one in known if one.id is not None])
        return [replace(one, id=None if one.id is None else seen(self._edge.reach, streams[one.id])) for one in known]

    def _imagined(self, one: Reported) -> RowResult:
        """What would become of it. The person may be nobody yet, and is known by the document."""
        person = None if one.document is None else f"{one.document.id_kind} {normalised(one.document.citizen_id)}"
        words = identity(one.body, one.need, person)
        result = RowResult(one.row, "matched" if words in self._would_be else "accepted")
        self._would_be.add(words)
        return result


def _known(one: Reported, holder: UUID) -> RowResult:
    """Its own case where an earlier try has stored it, and nobody could tell."""
    return RowResult(one.row, "accepted" if holder == one.case_id else "matched", id=holder)

"""What a service says of a table that it takes in: its columns, and who takes the rows."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from shared.imports.results import Taken
from shared.places import subdistricts_of
from shared.sheets.columns import Columns
from shared.sheets.reading import Row
from shared.web import Edge

CHUNK_ROWS = 500


class Importer(Protocol):
    """One import: made for it, and asked for one chunk after the other, so that it may remember what it looked up."""

    async def take(self, rows: Sequence[Row]) -> Taken:
        """Decides and stores up to CHUNK_ROWS rows, in order, with as few calls as it can; a row that was stored before, by
        whomever, is `matched`. No row has faults of its own. It must let others have their turn every few milliseconds.

        Raises UnavailableError when something it needs is away; it is then asked again for the same rows, some of which may have
        been stored: those are `accepted` all the same."""
        ...


@dataclass(frozen=True, slots=True)
class ImportKind:
    """`path`: `/needs`, of which the routes are made. `id_name`: what the id of a result is called. `title`: of the template, in
    Thai. `importer`: from the request, and whether it is a dry run, to who takes the rows; a dry run stores nothing, enrols
    nobody and claims nothing, and says the same. `areas`: of a province, the places that the template offers."""

    path: str
    columns: Columns
    id_name: str
    title: str
    importer: Callable[[Edge, bool], Importer]
    areas: Callable[[str], Sequence[str]] = subdistricts_of

"""The roster as a table that is taken in: its columns, and who takes its rows."""

from collections.abc import Sequence

from services.registry.imports.columns import COLUMNS, TITLE
from services.registry.imports.volunteers import VolunteerImporter
from shared.imports.kind import ImportKind
from shared.places import districts_of, subdistricts_of


def _areas(province: str) -> Sequence[str]:
    """Sub-districts, and districts for who is appointed at that level."""
    return (*subdistricts_of(province), *districts_of(province))


VOLUNTEERS = ImportKind(
    path="/volunteers",
    columns=COLUMNS,
    id_name="volunteer_id",
    title=TITLE,
    importer=VolunteerImporter,
    areas=_areas,
)

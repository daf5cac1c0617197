"""What of intake's things a caller may touch: a need belongs to its province, its unit and its volunteer. What a role may do is
in the table of rights, not here."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from services.intake.bodies import id_of, province_in
from services.intake.domain import fold
from shared.access import Reach
from shared.errors import NotFoundError
from shared.events.intake import NeedReported
from shared.store import Stream


def reaches(reach: Reach, need: NeedReported) -> bool:
    return reach.has(need.province, unit_id=need.unit_id, volunteer_id=need.volunteer_id)


def seen(reach: Reach, original: Stream | None) -> UUID | None:
    """The id of the case that another is a duplicate of, where the caller may touch that one."""
    need = None if original is None else fold(original.events).need
    return None if need is None or not reaches(reach, need) else need.case_id


def reporting(reach: Reach, raw: Mapping[str, Any]) -> tuple[UUID | None, UUID | None]:
    """The volunteer and the unit that a report is from: those named, or else whoever the caller reports as, if he may report as
    nobody else. Raises NotFoundError, before any fault is told, for a place that is not for him, and for others than himself."""
    return reporting_as(reach, id_of(raw, "volunteer_id"), id_of(raw, "unit_id"), province_in(raw))


def reporting_as(
    reach: Reach, volunteer_id: UUID | None, unit_id: UUID | None, province: str | None
) -> tuple[UUID | None, UUID | None]:
    """The same of those who are named, for a place in `province`; None where none is named rightly."""
    if not reach.whole:
        volunteer_id, unit_id = volunteer_id or reach.volunteer_id, unit_id or reach.unit_id
    # Where no place is named it is a fault, which must not tell more of others than a report that names one.
    tried = replace(reach, provinces=None) if province is None else reach
    if not tried.has(province or "", unit_id=unit_id, volunteer_id=volunteer_id):
        raise NotFoundError
    return volunteer_id, unit_id

"""The numbers and codes of registry's business, each in one place: terms, allowance, days ahead, card numbers."""

from datetime import date, timedelta
from uuid import UUID

from shared import places
from shared.buddhist_calendar import be_year
from shared.events.codes import Level

TERM_YEARS = 3
ALLOWANCE_BAHT = 600
"""A month, for a sub-district volunteer in service on any day of it."""
PEOPLE_PER_VOLUNTEER = 30
"""Whose needs a volunteer is to report in a fiscal year."""
PAID_LEVEL = Level.SUBDISTRICT
DAYS_AHEAD = timedelta(days=90)
LAST_TERM_ENDS_BEFORE = date(2300, 1, 1)
"""Renewals add up; no chain of them may run out of the calendar."""

# Crockford's digits: none that is read as another.
_CARD_DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # pragma: allowlist secret
_CARD_LENGTH = 6


def too_far_ahead(day: date, today: date) -> bool:
    return day > today + DAYS_AHEAD


def is_area(level: Level | None, area_code: str) -> bool:
    """Whether it is a place of that level: a district (4 digits) at district level, else a sub-district (6 digits). Without a
    level either will do."""
    if level is None:
        return places.is_district(area_code) or places.is_subdistrict(area_code)
    return places.is_district(area_code) if level is Level.DISTRICT else places.is_subdistrict(area_code)


def card_no(volunteer_id: UUID, province: str, appointed_on: date) -> str:
    """Province, Buddhist year of appointment, six digits of the volunteer's id: `20-2555-7F3KQ9`."""
    rest, digits = volunteer_id.int, ""
    for _ in range(_CARD_LENGTH):
        rest, digit = divmod(rest, len(_CARD_DIGITS))
        digits = _CARD_DIGITS[digit] + digits
    return f"{province}-{be_year(appointed_on)}-{digits}"

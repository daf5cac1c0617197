"""Days and times as people write them in Thailand: `25/5/2564`, `25 พ.ค. 2564`, ISO, and days of a Buddhist year in a calendar
of the common era. Years of two digits are not guessed at."""

import re
from datetime import date, datetime, time
from enum import Enum
from functools import cache

from shared.buddhist_calendar import BANGKOK, ERA, LAST_YEAR, MONTHS, MONTHS_SHORT, bangkok_day
from shared.clock import instant_of

_ENGLISH = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_ENGLISH_WHOLE = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip
_DIGITS = str.maketrans("๐๑๒๓๔๕๖๗๘๙", "0123456789")
_YEAR_FIRST = re.compile(r"(?P<year>[0-9]{4})(?P<between>[-/.])(?P<month>[0-9]{1,2})(?P=between)(?P<day>[0-9]{1,2})")
_ERA = r"\s*(?:พ\.?ศ\.?|ค\.?ศ\.?)?\s*"
_DAY_FIRST = re.compile(
    r"(?:วันที่)?\s*(?P<day>[0-9]{1,2})\s*"
    r"(?:(?P<between>[-/.])\s*(?P<month>[0-9]{1,2})\s*(?P=between)|[-/]?\s*(?P<word>[^\W0-9][^0-9/-]*?)[-/,]?)"
    rf"{_ERA}(?P<year>[0-9]{{4}})"
)
_TIME = re.compile(
    r"(?:[Tt,]|\s+เวลา|\s)\s*(?P<hour>[0-9]{1,2})[:.](?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2})(?:\.[0-9]+)?)?\s*(?:น\.?)?"
    r"(?P<zone>[Zz]|[+-][0-9]{2}:[0-9]{2})?"
)
_LONGEST = 60
"""In signs: the expressions above are not meant for a story."""
_FIRST_YEAR = 1000
"""What is before it has not four digits, nor a place in every zone's calendar."""


def arabic(text: str) -> str:
    return text.translate(_DIGITS)


def year_of(year: int) -> int:
    """In the common era, of a year of either."""
    return year - ERA if year > LAST_YEAR else year


def of_common_era(day: date) -> date | None:
    """Of a day whose year was typed as a Buddhist one by mistake; None if there is no such day."""
    return _date(day.year, day.month, day.day)


def day_in(text: str) -> date | None:
    """The day that is written, or that it is in Bangkok at the moment that is written."""
    parted = _parted(text)
    if parted is None:
        return None
    day, at, zone = parted
    return day if zone is None else bangkok_day(datetime.fromisoformat(f"{day}T{at}{zone}"))


class Order(Enum):
    """In which a day may have been written with digits, its year last."""

    MONTH_FIRST = "only as month/day/year it is a day"
    EITHER = "it is one day as day/month/year, and another as month/day/year"
    PLAIN = "anything else"


def order_of(text: str) -> Order:
    """Days are read as day/month/year always: this only tells what may be meant."""
    plain = arabic(text)
    match = _DAY_FIRST.match(plain) if len(text) <= _LONGEST else None
    if match is None or match["month"] is None or not _may_follow(plain[match.end() :]):
        return Order.PLAIN
    year, first, second = (int(match[part]) for part in ("year", "day", "month"))
    if first == second or _date(year, first, second) is None:
        return Order.PLAIN
    return Order.MONTH_FIRST if _date(year, second, first) is None else Order.EITHER


def moment_in(text: str) -> str | None:
    """RFC 3339; without a time 00:00, without a zone in Bangkok. What is RFC 3339 already stays as it is."""
    parted = _parted(text)
    if parted is None:
        return None
    day, at, zone = parted
    if zone is not None and _is_instant(text):
        return text if int(text[:4]) == day.year else f"{day}{text[10:]}"
    return datetime.combine(day, at, BANGKOK).isoformat() if zone is None else f"{day}T{at}{zone}"


def _parted(text: str) -> tuple[date, time, str | None] | None:
    """Day, time and zone."""
    if len(text) > _LONGEST:
        return None
    plain = arabic(text)
    match = _YEAR_FIRST.match(plain) or _DAY_FIRST.match(plain)
    day = None if match is None else _day(match.groupdict())
    if match is None or day is None:
        return None
    rest = plain[match.end() :]
    if not rest:
        return day, time(), None
    clock = _TIME.fullmatch(rest)
    if clock is None:
        return None
    zone = clock["zone"] and clock["zone"].upper().replace("Z", "+00:00")
    try:
        at = time(int(clock["hour"]), int(clock["minute"]), int(clock["second"] or 0))
        datetime.fromisoformat(f"{day}T{at}{zone or ''}")
    except ValueError:
        return None
    return day, at, zone


def _may_follow(rest: str) -> bool:
    """A time, or nothing."""
    return not rest or _TIME.fullmatch(rest) is not None


def _day(parts: dict[str, str | None]) -> date | None:
    month = _month(parts["word"]) if parts.get("word") else int(parts["month"] or 0)
    return None if month is None else _date(int(parts["year"] or 0), month, int(parts["day"] or 0))


def _is_instant(text: str) -> bool:
    try:
        instant_of(text)
    except ValueError:
        return False
    return True


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year_of(year), month, day) if year >= _FIRST_YEAR else None
    except ValueError:
        return None


def _month(word: str | None) -> int | None:
    return _months().get(re.sub(r"[\s.]", "", word or "").lower())


@cache
def _months() -> dict[str, int]:
    lists = (MONTHS, MONTHS_SHORT, _ENGLISH, _ENGLISH_WHOLE)
    return {name.replace(".", ""): number for names in lists for number, name in enumerate(names, start=1)}

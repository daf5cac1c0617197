"""One page of figures about a province's network, for the office's yearly evaluation. Pure: who serves and what was held is
given."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from services.reporting.figures import PEOPLE_PER_VOLUNTEER
from shared import places
from shared.buddhist_calendar import add_years
from shared.events.codes import ActivityKind, CardState, Level, MobileUnitStatus

QUIET_DAYS = 90
"""A volunteer without any report for so long is quiet."""
TENURES = ("under_1_year", "1_to_3_years", "over_3_years")
"""Since the appointment, renewals included; the last from the third anniversary on."""


@dataclass(frozen=True, slots=True)
class Serving:
    """A volunteer in service on the day. `reported`: cases of the year up to it, counted as the funnel counts.
    `last_report_on`: of anything at all, also tip-offs and what was withdrawn; None before the first. `attended`: at least one
    activity of the year."""

    volunteer_id: UUID
    level: str
    area_code: str
    appointed_on: date
    reported: int = 0
    last_report_on: date | None = None
    attended: bool = False
    mentored: bool = False
    card: str | None = None


@dataclass(frozen=True, slots=True)
class Held:
    """Activities of one kind. `attendances`: of volunteers, each time anew."""

    held: int = 0
    people_reached: int = 0
    attendances: int = 0


@dataclass(frozen=True, slots=True)
class Units:
    """Mobile service units that stand alike. `marks`: how many people gave one, `marks_sum` what they add up to."""

    units: int = 0
    people_served: int = 0
    marks: int = 0
    marks_sum: int = 0


@dataclass(frozen=True, slots=True)
class Network:
    """What is known of a province's network: activities and units are those of the year. `centre`: as it is shown."""

    serving: Sequence[Serving]
    activities: Mapping[str, Held]
    mobile_units: Mapping[str, Units]
    mentors: int = 0
    centre: Mapping[str, Any] | None = None


def network(province: str, fiscal_year: int, day: date, found: Network) -> dict[str, Any]:
    """As of `day`: the year's last, or today."""
    serving = found.serving
    return {
        "province": province,
        "fiscal_year": fiscal_year,
        "as_of": day.isoformat(),
        "centre": found.centre,
        "volunteers": _volunteers(serving, day),
        "coverage": _coverage(province, serving),
        "activities": {
            "by_kind": {kind.value: _activities(found.activities.get(kind, Held())) for kind in ActivityKind},
            "volunteers_without_any": sum(not one.attended for one in serving),
        },
        "progress": _progress([one.reported for one in serving if one.level == Level.SUBDISTRICT]),
        "quiet": _quiet(serving, day),
        "mentors": {"total": found.mentors, "volunteers_without_any": sum(not one.mentored for one in serving)},
        "cards": _cards(serving),
        "mobile_units": _mobile_units(found.mobile_units),
    }


def _volunteers(serving: Sequence[Serving], day: date) -> dict[str, Any]:
    levels, tenures = Counter(one.level for one in serving), Counter(_tenure(one.appointed_on, day) for one in serving)
    return {
        "total": len(serving),
        "by_level": {level.value: levels[level] for level in Level},
        "by_tenure": {tenure: tenures[tenure] for tenure in TENURES},
    }


def _tenure(appointed_on: date, day: date) -> str:
    under_1, under_3, more = TENURES
    if day < add_years(appointed_on, 1):
        return under_1
    return under_3 if day < add_years(appointed_on, 3) else more


def _coverage(province: str, serving: Sequence[Serving]) -> dict[str, Any]:
    """A sub-district is covered by a volunteer of its own, as registry says; a district has any if one of any level is in it."""
    subdistricts, districts = places.subdistricts_of(province), places.districts_of(province)
    covered = {one.area_code for one in serving if one.level == Level.SUBDISTRICT}
    reached = {one.area_code[:4] for one in serving}
    return {
        "subdistricts_total": len(subdistricts),
        "subdistricts_covered": len(covered.intersection(subdistricts)),
        "districts_total": len(districts),
        "districts_without_any": [district for district in districts if district not in reached],
    }


def _activities(some: Held) -> dict[str, int]:
    return {"held": some.held, "people_reached": some.people_reached, "attendances": some.attendances}


def _progress(reported: Sequence[int]) -> dict[str, Any]:
    """Of sub-district volunteers, who alone have a target."""
    return {
        "target": PEOPLE_PER_VOLUNTEER,
        "volunteers": len(reported),
        "reported_total": sum(reported),
        "quartiles": quartiles(reported),
        "reached_target": sum(one >= PEOPLE_PER_VOLUNTEER for one in reported),
    }


def quartiles(values: Sequence[int]) -> dict[str, float | None]:
    """As spreadsheets have them (QUARTILE.INC): between two values what lies there in proportion. None of nothing."""
    in_order = sorted(values)
    return {
        name: _quarter(in_order, quarter) if in_order else None
        for name, quarter in (("min", 0), ("q1", 1), ("median", 2), ("q3", 3), ("max", 4))
    }


def _quarter(in_order: Sequence[int], quarter: int) -> float:
    below, quarters = divmod((len(in_order) - 1) * quarter, 4)
    if quarters == 0:
        return in_order[below]
    return in_order[below] + (in_order[below + 1] - in_order[below]) * quarters / 4


def _quiet(serving: Sequence[Serving], day: date) -> dict[str, Any]:
    """Who was appointed later has not been silent for so long. Those come first who never reported, then the longest silent."""
    since = day - timedelta(days=QUIET_DAYS)
    silent = [one for one in serving if one.appointed_on <= since and (one.last_report_on or since) <= since]
    silent.sort(key=lambda one: (one.last_report_on or date.min, one.volunteer_id))
    return {"days": QUIET_DAYS, "volunteers": len(silent), "volunteer_ids": [str(one.volunteer_id) for one in silent]}


def _cards(serving: Sequence[Serving]) -> dict[str, int]:
    states = Counter(one.card for one in serving)
    return {state.value: states[state] for state in CardState} | {"without_any": states[None]}


def _mobile_units(found: Mapping[str, Units]) -> dict[str, Any]:
    """`planned`: neither held nor cancelled so far."""
    held = found.get(MobileUnitStatus.HELD, Units())
    return {
        **{status.value: found.get(status, Units()).units for status in MobileUnitStatus},
        "people_served": held.people_served,
        "satisfaction_average": round(held.marks_sum / held.marks, 2) if held.marks else None,
    }

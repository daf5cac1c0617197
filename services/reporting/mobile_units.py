"""Where a mobile service unit (หน่วยบริการเคลื่อนที่) is wanted: sub-districts ranked by the needs that wait there, with the reasons
and their points. All weights are here. Pure: what waits is given."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from shared import places
from shared.events.codes import Agency, NeedKind
from shared.events.kinds import DEFAULTS

SINCE_DAYS = 365
"""Needs reported so long ago still count, unless the caller says since when."""
PER_NEED = 10
"""Points for each open need."""
PER_PERSON = 5
"""More for each person behind them: three people are more to be met than one with three needs."""
PER_LONG_WAITING = 5
"""More for each need that has waited for LONG_WAITING_DAYS."""
LONG_WAITING_DAYS = 90
PER_FURTHER_AGENCY = 10
"""For each agency but the first: a unit is what brings several of them together."""
HELD_PERCENT = 50
"""Of the points, taken off where a unit was today; less each day until nothing after HELD_DAYS."""
HELD_DAYS = 180
PLANNED_PERCENT = 80
"""Of the points, taken off where one is planned. Above HELD_PERCENT: the needs may be met on that day."""
PLAN_STANDS_DAYS = 30
"""A plan of which nobody has said that it was held or cancelled counts so long after its day."""


@dataclass(frozen=True, slots=True)
class OpenNeeds:
    """Needs of one kind that wait in a sub-district. `agency`: with which they lie; None while they lie with none.
    `long_waiting`: how many have waited for LONG_WAITING_DAYS."""

    kind: NeedKind
    agency: Agency | None
    needs: int
    long_waiting: int
    oldest_on: date


@dataclass(frozen=True, slots=True)
class PlannedUnit:
    """A unit that is to come."""

    mobile_unit_id: UUID
    planned_on: date


@dataclass(frozen=True, slots=True)
class Place:
    """A sub-district in which needs wait: whom a unit may expect there, when the last one came, the next that is planned."""

    area_code: str
    waiting: Sequence[OpenNeeds]
    people: int
    last_held_on: date | None = None
    planned: PlannedUnit | None = None

    @property
    def needs(self) -> int:
        return sum(some.needs for some in self.waiting)

    @property
    def agencies(self) -> Mapping[Agency, int]:
        """How many of the needs are for which agency."""
        found: Counter[Agency] = Counter()
        for some in self.waiting:
            found[some.agency or DEFAULTS[some.kind].agency] += some.needs
        return found


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a place stands where it stands; `told` says of how many, or since when."""

    code: str
    points: int
    told: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Ranked:
    """A place with its reasons, whose points are its score."""

    place: Place
    reasons: Sequence[Reason]

    @property
    def score(self) -> int:
        return sum(reason.points for reason in self.reasons)

    @property
    def order(self) -> tuple[int, str]:
        """The most points first; of equal ones the lower code."""
        return -self.score, self.place.area_code


def rank(found: Iterable[Place], day: date) -> list[Ranked]:
    """The places as of a day, the one where a unit is wanted most first. Another open need never lowers a place, and a unit that
    was held or is planned never raises one."""
    return sorted((Ranked(place, _reasons(place, day)) for place in found), key=lambda ranked: ranked.order)


def _reasons(place: Place, day: date) -> Sequence[Reason]:
    long_waiting = sum(some.long_waiting for some in place.waiting)
    further = len(place.agencies) - 1
    reasons = [
        Reason("open_needs", PER_NEED * place.needs, {"needs": place.needs}),
        Reason("people", PER_PERSON * place.people, {"people": place.people}),
    ]
    if long_waiting:
        told = {"needs": long_waiting, "days": LONG_WAITING_DAYS}
        reasons.append(Reason("long_waiting", PER_LONG_WAITING * long_waiting, told))
    if further > 0:
        reasons.append(Reason("several_agencies", PER_FURTHER_AGENCY * further, {"agencies": further + 1}))
    points = sum(reason.points for reason in reasons)
    since = days_since(place, day)
    if since is not None and since < HELD_DAYS:
        off = points * (HELD_PERCENT * (HELD_DAYS - since) // HELD_DAYS) // 100
        points -= off
        reasons.append(Reason("unit_held", -off, {"days_since": since}))
    if place.planned is not None:
        off = points * PLANNED_PERCENT // 100
        reasons.append(Reason("unit_planned", -off, {"planned_on": place.planned.planned_on.isoformat()}))
    return reasons


def days_since(place: Place, day: date) -> int | None:
    """Since the last unit there; None if there was none."""
    return None if place.last_held_on is None else (day - place.last_held_on).days


def waited_long_since(day: date) -> date:
    """What was reported until then has waited long."""
    return day - timedelta(days=LONG_WAITING_DAYS)


def plans_from(day: date) -> date:
    """The first day whose plans still stand."""
    return day - timedelta(days=PLAN_STANDS_DAYS)


def item(ranked: Ranked, day: date) -> dict[str, Any]:
    """As the list shows it."""
    place = ranked.place
    kinds: Counter[NeedKind] = Counter()
    for some in place.waiting:
        kinds[some.kind] += some.needs
    agencies = sorted(place.agencies.items(), key=lambda agency: (-agency[1], agency[0]))
    planned = place.planned
    return {
        "area_code": place.area_code,
        "name": _name(place.area_code),
        "district": _name(place.area_code[:4]),
        "score": ranked.score,
        "open_needs": place.needs,
        "by_kind": {kind.value: kinds[kind] for kind in NeedKind if kind in kinds},
        "agencies": [{"agency": agency.value, "needs": needs} for agency, needs in agencies],
        "expected_people": place.people,
        "oldest_open_days": (day - min(some.oldest_on for some in place.waiting)).days,
        "days_since_last_unit": days_since(place, day),
        "planned_unit": None
        if planned is None
        else {"mobile_unit_id": str(planned.mobile_unit_id), "planned_on": planned.planned_on.isoformat()},
        "reasons": [{"code": reason.code, "points": reason.points, **reason.told} for reason in ranked.reasons],
    }


def _name(code: str) -> str:
    """As it is written; of a place that is no more, its code."""
    return places.label(code) if places.subdistrict(code) or places.district(code) else code

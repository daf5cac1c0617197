"""What may stand in a query of reporting: months, fiscal years, provinces. Bad ones are refused in words that help, provinces
that are not the caller's are not found."""

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any

from fastapi import Depends, Query, Request

from services.reporting.due import DueDays
from services.reporting.report import View
from shared import places
from shared.buddhist_calendar import Month, fiscal_year_bounds
from shared.clock import instant_of
from shared.errors import Fault, InvalidError
from shared.web import Edge, ReadEdge
from shared.web.refusals import refuses
from shared.web.requests import state_of

MonthText = Annotated[str, Query(description="A month in the common era: `2021-05`.")]
FiscalYear = Annotated[int, Query(description="A fiscal year in the Buddhist era: `2564` is 1 Oct 2020 - 30 Sep 2021.")]
ProvinceText = Annotated[str, Query(description="The 2-digit code of a province.")]
ViewText = Annotated[str, Query(description="`live`: what is known now.")]


def month_of(month: MonthText) -> Month:
    try:
        return Month.parse(month)
    except ValueError as error:
        raise InvalidError([Fault("/query/month", "invalid", str(error))]) from error


def fiscal_year_of(fiscal_year: FiscalYear) -> int:
    return _checked(fiscal_year)


def province_of(province: ProvinceText) -> str:
    if not places.is_province(province):
        raise InvalidError([Fault("/query/province", "unknown_place", "is no province code")])
    return province


@refuses(404, "not_found")
def reached_province(edge: ReadEdge, province: ProvinceText) -> str:
    """Raises InvalidError, NotFoundError."""
    found = province_of(province)
    edge.must_reach(found)
    return found


@refuses(404, "not_found")
def shown_provinces(edge: ReadEdge, province: ProvinceText | None = None) -> tuple[str, ...]:
    """The one that is asked for, or all that the caller may see."""
    return reached_provinces(edge) if province is None else (reached_province(edge, province),)


def reached_provinces(edge: ReadEdge) -> tuple[str, ...]:
    """All in which everything is the caller's to see, in order."""
    return tuple(province for province in places.PROVINCES if edge.reach.has(province))


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which view of a form: `revision` with SUBMITTED (None: the last), `at` with ASOF."""

    view: View
    revision: int | None = None
    at: datetime | None = None


def wanted_of(
    view: Annotated[str, Query(description="`live` (what is known now), `submitted` or `asof`.")] = "live",
    revision: Annotated[str | None, Query(description="With `submitted`: which one, from 1; the last if not given.")] = None,
    at: Annotated[str | None, Query(description="With `asof`: an instant, RFC 3339.")] = None,
) -> Wanted:
    """Raises InvalidError with every fault."""
    faults = []
    if view not in list(View):
        faults.append(Fault("/query/view", "invalid", f"one of {', '.join(View)}"))
    if revision is not None and (view != View.SUBMITTED or not re.fullmatch(r"[1-9][0-9]{0,5}", revision)):
        faults.append(Fault("/query/revision", "invalid", "a number from 1 on, with view=submitted"))
    instant = None
    if view == View.ASOF and at is None:
        faults.append(Fault("/query/at", "required", "view=asof needs an instant"))
    elif at is not None:
        instant = _instant(at)
        if instant is None or view != View.ASOF:
            faults.append(Fault("/query/at", "invalid", "an RFC 3339 instant, with view=asof"))
    if faults:
        raise InvalidError(faults)
    return Wanted(View(view), None if revision is None else int(revision), instant)


def _instant(text: str) -> datetime | None:
    try:
        # In a query an unescaped + is a space.
        return instant_of(re.sub(r" (?=[0-9]{2}:[0-9]{2}$)", "+", text))
    except ValueError:
        return None


def must_reach_named(edge: Edge, raw: dict[str, Any]) -> None:
    """Of the `province` of a body; one that is none is found elsewhere. Raises NotFoundError."""
    province = raw.get("province")
    if isinstance(province, str) and places.is_province(province):
        edge.must_reach(province)


def month_fault(raw: dict[str, Any]) -> list[Fault]:
    """Of the `month` of a body; one that is no text is found elsewhere."""
    month = raw.get("month")
    if not isinstance(month, str):
        return []
    try:
        Month.parse(month)
    except ValueError as error:
        return [Fault("/month", "invalid", str(error))]
    return []


def fiscal_year_fault(raw: dict[str, Any]) -> list[Fault]:
    """Of the `fiscal_year` of a body; one that is no number is found elsewhere."""
    year = raw.get("fiscal_year")
    if type(year) is not int:
        return []
    try:
        fiscal_year_bounds(year)
    except ValueError as error:
        return [Fault("/fiscal_year", "invalid", str(error))]
    return []


def live_only(_: ReadEdge, view: ViewText = "live") -> None:
    """After the caller is known: a dependency of the route itself comes before all others."""
    if view != "live":
        raise InvalidError([Fault("/query/view", "invalid", "there is no other view than live")])


def period_of(month: MonthText | None = None, fiscal_year: FiscalYear | None = None) -> "Period":
    """Raises InvalidError unless exactly one of them is given."""
    if month is not None and fiscal_year is not None:
        raise InvalidError([Fault("/query/fiscal_year", "invalid", "either a month or a fiscal year")])
    if month is not None:
        given = month_of(month)
        return str(given), given.first_day, given.last_day
    if fiscal_year is not None:
        return str(_checked(fiscal_year)), *fiscal_year_bounds(fiscal_year)
    raise InvalidError([Fault("/query/month", "required", "a month or a fiscal year must be given")])


def due_days_of(request: Request) -> DueDays:
    settings = state_of(request).settings
    return DueDays(settings.sp12_due_day, settings.snb2_due_day)


def _checked(fiscal_year: int) -> int:
    try:
        fiscal_year_bounds(fiscal_year)
    except ValueError as error:
        raise InvalidError([Fault("/query/fiscal_year", "invalid", str(error))]) from error
    return fiscal_year


Period = tuple[str, date, date]
"""How it is called, its first day, its last day."""
MonthParam = Annotated[Month, Depends(month_of)]
FiscalYearParam = Annotated[int, Depends(fiscal_year_of)]
ProvinceParam = Annotated[str, Depends(reached_province)]
ReachedParam = Annotated[tuple[str, ...], Depends(reached_provinces)]
ShownParam = Annotated[tuple[str, ...], Depends(shown_provinces)]
PeriodParam = Annotated[Period, Depends(period_of)]
DueDaysParam = Annotated[DueDays, Depends(due_days_of)]
"""As the service is set; nothing of the request."""
WantedParam = Annotated[Wanted, Depends(wanted_of)]
LiveOnly = Depends(live_only)

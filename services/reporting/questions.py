"""What may stand in a query of reporting: months, fiscal years, provinces. Bad ones are refused in words that help."""

from datetime import date
from typing import Annotated

from fastapi import Depends, Query, Request

from services.reporting.due import DueDays
from shared import places
from shared.buddhist_calendar import Month, fiscal_year_bounds
from shared.errors import Fault, InvalidError
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


def shown_provinces(province: ProvinceText | None = None) -> tuple[str, ...]:
    """The one that is asked for, or all of them."""
    return places.PROVINCES if province is None else (province_of(province),)


def live_only(view: ViewText = "live") -> None:
    if view != "live":
        raise InvalidError([Fault("/query/view", "invalid", "only the live view is served as yet")])


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
ProvinceParam = Annotated[str, Depends(province_of)]
ShownParam = Annotated[tuple[str, ...], Depends(shown_provinces)]
PeriodParam = Annotated[Period, Depends(period_of)]
DueDaysParam = Annotated[DueDays, Depends(due_days_of)]
"""As the service is set; nothing of the request."""
LiveOnly = Depends(live_only)

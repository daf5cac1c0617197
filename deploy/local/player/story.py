"""The shape of a story's TOML file. What the parts come to, step by step, is in `plan.py`."""

import tomllib
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from deploy.local.failures import StackError
from deploy.local.player.network_parts import Activity, Cards, Centre, Mentor, MobileUnit
from deploy.local.player.part import DayOfMonth, MonthText, Part
from shared.events.codes import NeedKind, ReportForm, WorkerType

Weights = dict[NeedKind, Annotated[int, Field(gt=0)]]
Doing = Literal["screen", "accept", "decline", "return", "close", "help", "correct", "void", "withdraw"]


class StoryError(StackError):
    """A story cannot be read or played. Names steps and codes, never a person."""


class Volunteers(Part):
    """One sub-district volunteer in each of the province's sub-districts, or in the first `count` of them."""

    appointed_on: date
    order_no: str
    count: int | None = Field(None, gt=0)


class Screening(Part):
    """The office goes through its queue every so many days."""

    every_days: int = Field(ge=1)


class Unit(Part):
    key: str
    name: str
    area_code: str
    village_no: int
    opened_on: date


class Draw(Part):
    """Needs drawn at random: `each` by every volunteer, or `count` at a `unit`. Of them so many are found eligible, and of those
    so many are helped, only accepted, or closed without help; the rest is still waiting at the agency.

    `help_on`: days of the month on which much of the help falls. `sheet`: the day on which the office sends all of them as one
    survey sheet instead, with so many `mistakes` that it has to send again."""

    name: str
    each: int | None = Field(None, gt=0)
    unit: str | None = None
    count: int | None = Field(None, gt=0)
    first_day: date
    last_day: date
    eligible: int = Field(ge=0)
    helped: int = Field(0, ge=0)
    accepted: int = Field(0, ge=0)
    closed: int = Field(0, ge=0)
    help_on: tuple[DayOfMonth, ...] = ()
    sheet: date | None = None
    mistakes: int = Field(0, ge=0)

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        if (self.each is None) == (self.unit is None) or (self.unit is None) != (self.count is None):
            raise ValueError("either `each`, or `unit` and `count`")
        if self.helped + self.accepted + self.closed > self.eligible:
            raise ValueError("more is done for than found eligible")
        if self.first_day > self.last_day:
            raise ValueError("the last day is before the first")
        self._sheet_adds_up()
        return self

    def _sheet_adds_up(self) -> None:
        if self.sheet is None:
            if self.mistakes:
                raise ValueError("mistakes are those of a sheet")
        elif self.each is None or self.sheet <= self.last_day:
            raise ValueError("a sheet is of volunteers, and sent when all is collected")


class UnitHelp(Part):
    """Help that a unit gives by itself: so much each month, some of it `on` these days of the month."""

    unit: str
    first_day: date
    last_day: date
    each_month: int = Field(gt=0)
    on: tuple[DayOfMonth, ...] = ()


class Act(BaseModel):
    """What is done about a case on a day; all other fields are those of the request."""

    model_config = ConfigDict(extra="allow", frozen=True)

    on: date
    do: Doing

    @property
    def fields(self) -> dict[str, Any]:
        """As JSON has them."""
        found: dict[str, Any] = self.model_dump(mode="json", exclude={"on", "do"})
        return found


class Case(Part):
    """A need told step by step. `volunteer`: by the code of the sub-district."""

    key: str
    on: date
    volunteer: str
    unit: str | None = None
    kind: NeedKind
    worker_type: WorkerType = WorkerType.INFORMAL
    detail: str | None = None
    then: tuple[Act, ...] = ()


class Roster(Part):
    """So large a share of the story's people is in that edition of the informal-worker database."""

    edition: str = Field(pattern=r"^25[0-9]{2}(-[0-9]{2})?$")
    share: float = Field(gt=0, le=1)


class Target(Part):
    """So many people a project is to help in the story's year; set when the year begins."""

    project_name: str
    target: int = Field(gt=0)


class Otherwise(Part):
    """A form that is submitted on other days than the one on which it is due: once, or again after it has changed. `unit`: of a
    sp12."""

    form: ReportForm
    unit: str | None = None
    month: MonthText
    on: Annotated[tuple[date, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _is_a_form(self) -> Self:
        if (self.form is ReportForm.SP12) != (self.unit is not None):
            raise ValueError("a sp12 is of a unit, a snb2 of the province")
        if list(self.on) != sorted(set(self.on)):
            raise ValueError("the days on which a form is submitted follow each other")
        return self


class Submitted(Part):
    """The forms that are submitted, by month: of each unit (sp12) and of the province (snb2), each on the day on which it is due
    unless `otherwise` says more about it."""

    sp12: tuple[MonthText, ...] = ()
    snb2: tuple[MonthText, ...] = ()
    otherwise: tuple[Otherwise, ...] = ()

    @property
    def months(self) -> tuple[str, ...]:
        """In order."""
        return tuple(sorted({*self.sp12, *self.snb2}))


class Reports(Part):
    """What is asked for at the end beside the submitted forms, by month: allowances and the list by which they are paid, the
    province's progress (snb1) and its tip-offs for the Department of Employment, and live forms of each unit (sp12) and of the
    province (snb2). `network`: the year's figures of its network, and where mobile service units are wanted."""

    allowances: tuple[MonthText, ...] = ()
    pay_lists: tuple[MonthText, ...] = ()
    snb1: tuple[MonthText, ...] = ()
    doe_tipoffs: tuple[MonthText, ...] = ()
    sp12: tuple[MonthText, ...] = ()
    snb2: tuple[MonthText, ...] = ()
    network: bool = False


class Story(Part):
    """`office`: digits 2 to 5 of all invented citizen IDs, each story its own. `name` is the file's."""

    name: str
    title: str
    province: str
    fiscal_year: int
    seed: int
    office: str = Field(pattern=r"^97[0-9]{2}$")
    by_default: bool = True
    """Whether it is played when no story is named."""
    volunteers: Volunteers
    screening: Screening
    kinds: Weights
    units: tuple[Unit, ...] = ()
    draws: tuple[Draw, ...] = ()
    unit_help: tuple[UnitHelp, ...] = ()
    cases: tuple[Case, ...] = ()
    targets: tuple[Target, ...] = ()
    centre: Centre | None = None
    mentors: tuple[Mentor, ...] = ()
    activities: tuple[Activity, ...] = ()
    mobile_units: tuple[MobileUnit, ...] = ()
    cards: Cards | None = None
    submitted: Submitted = Submitted()
    roster: Roster | None = None
    reports: Reports = Reports()

    def unit(self, key: str) -> Unit:
        """Raises StoryError for a unit that the story does not open."""
        for unit in self.units:
            if unit.key == key:
                return unit
        raise StoryError(f"{self.name}: there is no unit {key}")


def load(path: Path) -> Story:
    """Raises StoryError when the file is no story."""
    try:
        return Story.model_validate({"name": path.stem, **tomllib.loads(path.read_text(encoding="utf-8"))})
    except (OSError, tomllib.TOMLDecodeError, ValidationError) as error:
        raise StoryError(f"{path}: {error}") from error

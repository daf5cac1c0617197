"""A step of a plan: one request, with gaps that earlier answers fill. What the steps of a story are is in `plan.py`; how they are
sent in `performing.py`."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any, Literal

from shared.buddhist_calendar import BANGKOK

Role = Literal["province_officer", "volunteer", "unit_clerk", "agency_officer"]


@dataclass(frozen=True, slots=True)
class Action:
    """What is done, and where it is sent: `{}` in the path stands for the step's target. What is no `write` is only asked for, or
    without a path, found in an earlier answer."""

    name: str
    service: str
    path: str
    write: bool = True


APPOINT = Action("appoint", "registry", "/volunteers")
OPEN_UNIT = Action("open_unit", "registry", "/service-units")
REPORT = Action("report", "intake", "/needs")
IMPORT = Action("import", "intake", "/needs/import")
FOUND = Action("found", "intake", "", write=False)
"""A need of a survey sheet: what came of its row is in the answer to the sheet."""
WITHDRAW = Action("withdraw", "intake", "/needs/{}/withdraw")
DECIDE = Action("decide", "screening", "/decisions")
SCREEN = Action("screen", "screening", "/cases/{}/decision")
ACCEPT = Action("accept", "routing", "/referrals/{}/accept")
DECLINE = Action("decline", "routing", "/referrals/{}/decline")
RETURN = Action("return", "routing", "/referrals/{}/return")
CLOSE = Action("close", "routing", "/referrals/{}/close")
HELP = Action("help", "routing", "/referrals/{}/assistance")
UNIT_HELP = Action("unit_help", "routing", "/assistance")
CORRECT = Action("correct", "routing", "/assistance/{}/correct")
VOID = Action("void", "routing", "/assistance/{}/void")
SET_TARGET = Action("set_target", "reporting", "/reports/snb1/targets")
SUBMIT_SP12 = Action("submit_sp12", "reporting", "/reports/sp12/submit")
SUBMIT_SNB2 = Action("submit_snb2", "reporting", "/reports/snb2/submit")
ESTABLISH = Action("establish", "registry", "/centres")
APPOINT_COMMITTEE = Action("appoint_committee", "registry", "/centres/{}/committees")
ADD_MENTOR = Action("add_mentor", "registry", "/mentors")
ASSIGN_MENTOR = Action("assign_mentor", "registry", "/volunteers/{}/mentor")
RECORD_ACTIVITY = Action("record_activity", "registry", "/activities")
PRINT_CARDS = Action("print_cards", "registry", "/cards/print")
HAND_OVER = Action("hand_over", "registry", "/cards/{}/hand-over")
SUGGEST = Action("suggest", "reporting", "/mobile-units/suggestions", write=False)
"""Asked when reporting has taken in all that was done before."""
PLAN_MOBILE_UNIT = Action("plan_mobile_unit", "registry", "/mobile-units")
HOLD_MOBILE_UNIT = Action("hold_mobile_unit", "registry", "/mobile-units/{}/hold")
MOBILE_HELP = Action("mobile_help", "routing", "/assistance")
ON_FORMS = frozenset({HELP, UNIT_HELP, MOBILE_HELP, CORRECT, VOID})
"""What changes the rows of forms."""


@dataclass(frozen=True, slots=True)
class Ref:
    """A field of the answer to an earlier step."""

    step: str
    field: str


@dataclass(frozen=True, slots=True)
class Referral:
    """The id of the referral that the `round`-th eligible decision of a case led to. `case`: the step that reported it."""

    case: str
    round: int


@dataclass(frozen=True, slots=True)
class Row:
    """What the answer to a survey sheet says of one of its rows. `step`: that sent the sheet."""

    step: str
    number: int


Target = Ref | Referral | Row


@dataclass(frozen=True, slots=True)
class By:
    """Who does it. `of`: the step that made the volunteer or the unit; an agency's officer is of the referral's agency."""

    role: Role
    of: str | None = None


OFFICE = By("province_officer")
AGENCY = By("agency_officer")


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """`key` is unique in the story and stays the same for ever: it makes the step's Idempotency-Key.

    `after`: steps that come first though nothing of their answers is needed. `queued`: cases (the steps that reported them) that
    must be in screening's queue before this is sent, and with `reopened`, back in it."""

    key: str
    at: datetime
    action: Action
    by: By
    body: dict[str, Any] = field(default_factory=dict)
    target: Target | None = None
    after: tuple[str, ...] = ()
    queued: tuple[str, ...] = ()
    reopened: bool = False

    @property
    def needs(self) -> frozenset[str]:
        """The keys of all steps that must be done before."""
        found = {*self.after, *self.queued, *(ref.step for ref in refs_in(self.body))}
        if isinstance(self.target, Ref | Row):
            found.add(self.target.step)
        elif isinstance(self.target, Referral):
            found.add(self.target.case)
        if self.by.of is not None:
            found.add(self.by.of)
        return frozenset(found)


def refs_in(value: Any) -> Iterator[Ref]:
    """All gaps of a body."""
    if isinstance(value, Ref):
        yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from refs_in(part)
    elif isinstance(value, list):
        for part in value:
            yield from refs_in(part)


def moment(day: date, minute: int) -> datetime:
    """So many minutes after midnight in Bangkok."""
    return datetime.combine(day, time(), BANGKOK) + timedelta(minutes=minute)

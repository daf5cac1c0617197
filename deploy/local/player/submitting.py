"""When a story's forms are submitted: on the day on which each is due, or on the days that the story names. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from deploy.local.player.steps import OFFICE, ON_FORMS, SUBMIT_SNB2, SUBMIT_SP12, By, Ref, Step, moment
from deploy.local.player.story import Otherwise, Story, StoryError
from shared.buddhist_calendar import SNB2_DUE_DAY, Month, sp12_period
from shared.events.codes import ReportForm

SUBMITTED = 16 * 60 + 30
"""Minute of the day: when those who help on it have recorded it."""


@dataclass(frozen=True, slots=True)
class Form:
    """A form of the story: of a unit (sp12), or of the province (snb2)."""

    code: ReportForm
    unit: str | None
    month: str

    @property
    def name(self) -> str:
        """What its submissions are called among the story's steps."""
        return "-".join([self.code, *([] if self.unit is None else [self.unit]), self.month])

    @property
    def due_on(self) -> date:
        """The local stack's services have the official due days."""
        month = Month.parse(self.month)
        return sp12_period(month)[1] if self.code is ReportForm.SP12 else month.plus(1).first_day.replace(day=SNB2_DUE_DAY)


def forms(story: Story) -> list[Form]:
    """All that are submitted."""
    units = [Form(ReportForm.SP12, unit.key, month) for month in story.submitted.sp12 for unit in story.units]
    return units + [Form(ReportForm.SNB2, None, month) for month in story.submitted.snb2]


def submission_key(form: Form, number: int) -> str:
    """Of the step that submits it for the `number`-th time, from 1."""
    return f"submit/{form.name}/{number}"


def submissions(story: Story, steps: Sequence[Step]) -> Iterator[Step]:
    """`steps`: all else. What a submission freezes is recorded before it. Raises StoryError for a form that is named as an
    exception and not submitted."""
    otherwise = {_form_of(other): other.on for other in story.submitted.otherwise}
    found = forms(story)
    if unknown := otherwise.keys() - set(found):
        raise StoryError(f"{story.name}: {min(form.name for form in unknown)} is not among the submitted forms")
    for form in found:
        before: tuple[str, ...] = ()
        for number, day in enumerate(otherwise.get(form, (form.due_on,)), start=1):
            step = _submission(story, form, number, moment(day, SUBMITTED), steps, before)
            before = (step.key,)
            yield step


def _submission(story: Story, form: Form, number: int, at: datetime, steps: Sequence[Step], before: tuple[str, ...]) -> Step:
    recorded = tuple(step.key for step in steps if step.action in ON_FORMS and step.at <= at)
    unit = f"unit/{form.unit}"
    return Step(
        key=submission_key(form, number),
        at=at,
        action=SUBMIT_SNB2 if form.unit is None else SUBMIT_SP12,
        by=OFFICE if form.unit is None else By("unit_clerk", unit),
        body={
            **({"province": story.province} if form.unit is None else {"unit_id": Ref(unit, "unit_id")}),
            "month": form.month,
        },
        after=recorded + before,
    )


def _form_of(other: Otherwise) -> Form:
    return Form(other.form, other.unit, other.month)

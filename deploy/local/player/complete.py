"""Whether the story's province reported completely and on time, month by month, as reporting says it."""

from collections.abc import Sequence
from dataclasses import dataclass

from deploy.local.player.calling import Caller, Json, Services
from deploy.local.player.story import Story

_WIDTH = 10
_COLUMNS = ("expected", "submitted", "on time", "missing")
_HEADINGS = ("สป-๑๒ of units", "สนบ.๒ of the province")


@dataclass(frozen=True, slots=True)
class Counts:
    """Of forms of one kind."""

    expected: int
    submitted: int
    on_time: int
    missing: int


@dataclass(frozen=True, slots=True)
class MonthOfForms:
    month: str
    sp12: Counts
    snb2: Counts


async def completeness(story: Story, services: Services, caller: Caller) -> tuple[MonthOfForms, ...]:
    """Of the months for which the story submits forms."""
    found = []
    for month in story.submitted.months:
        params = {"month": month, "province": story.province}
        answer = await services.get("reporting", "/completeness", params, caller=caller)
        sp12, snb2 = (_counts(story, answer[form]) for form in ("sp12", "snb2"))
        found.append(MonthOfForms(month, sp12, snb2))
    return tuple(found)


def table(months: Sequence[MonthOfForms]) -> list[str]:
    """Line by line; nothing without months."""
    if not months:
        return []
    half = _WIDTH * len(_COLUMNS)
    return [
        " " * 9 + "".join(heading.rjust(half) for heading in _HEADINGS),
        "month".ljust(9) + "".join(name.rjust(_WIDTH) for name in _COLUMNS * 2),
        *(one.month.ljust(9) + "".join(str(count).rjust(_WIDTH) for count in _cells(one)) for one in months),
    ]


def _cells(one: MonthOfForms) -> list[int]:
    return [count for form in (one.sp12, one.snb2) for count in (form.expected, form.submitted, form.on_time, form.missing)]


def _counts(story: Story, answer: Json) -> Counts:
    row = next(row for row in answer["by_province"] if row["province"] == story.province)
    return Counts(row["expected"], row["submitted"], row["on_time"], len(row["missing"]))

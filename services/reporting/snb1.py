"""แบบ สนบ.๑, the progress of a province's plans, projects and activities against their targets, with its funnel below. What is
counted is given. The official layout is not public: this one is ours."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from services.reporting import figures
from services.reporting.due import DueDays
from services.reporting.figures import CaseCounts
from shared import places
from shared.buddhist_calendar import MONTHS, Month, be_year, fiscal_year, thai_digits

HEADINGS = (
    "no", "project_name", "target", "assistances", "persons", "assistances_since_october", "persons_since_october", "percent",
)  # fmt: skip
"""The fields of a row."""


@dataclass(frozen=True, slots=True)
class Done:
    """Help in the month and since October: how often, and to how many distinct people. Help without a person, as after an
    anonymous tip-off, is help all the same."""

    assistances: int = 0
    persons: int = 0
    assistances_since_october: int = 0
    persons_since_october: int = 0


@dataclass(frozen=True, slots=True)
class Progress:
    """What is counted of a province up to the end of a month. `done`: by project; `done_in_all` counts a person helped in two
    projects once. `cases`: of the fiscal year, reported up to then. `volunteers`: in service at the end."""

    done: Mapping[str, Done]
    done_in_all: Done
    targets: Mapping[str, int]
    cases: CaseCounts
    volunteers: int


def snb1(province: str, month: Month, progress: Progress, *, due_days: DueDays) -> dict[str, Any]:
    """A row for every project with a target in the fiscal year or with help since October, in the order of their names."""
    year = fiscal_year(month.first_day)
    names = sorted(progress.done.keys() | progress.targets.keys())
    funnel = figures.funnel(year, {province: progress.volunteers}, {province: progress.cases}, shown=(province,))
    return {
        "form": "snb1",
        "period": str(month),
        "province": province,
        "title": " ".join(title(province, month)),
        "due_on": due_days.snb2_due_on(month).isoformat(),
        "fiscal_year": year,
        "view": "live",
        "rows": [
            {"no": number, "project_name": name, **_row(progress.targets.get(name), progress.done.get(name, Done()))}
            for number, name in enumerate(names, start=1)
        ],
        "sum": {"target": sum(progress.targets.values()), **_done(progress.done_in_all)},
        "funnel": {name: value for name, value in funnel["by_province"][0].items() if name != "province"},
    }


def _row(target: int | None, done: Done) -> dict[str, int | None]:
    return {"target": target, **_done(done), "percent": percent(done.persons_since_october, target)}


def _done(done: Done) -> dict[str, int]:
    return {
        "assistances": done.assistances,
        "persons": done.persons,
        "assistances_since_october": done.assistances_since_october,
        "persons_since_october": done.persons_since_october,
    }


def october(month: Month) -> date:
    """The first day of the fiscal year that a month lies in."""
    return date(month.year - (month.month < 10), 10, 1)


def percent(persons: int, target: int | None) -> int | None:
    """People helped since October of those that were to be helped in the year; rounded down, and above 100 where more were
    helped. None without a target."""
    return persons * 100 // target if target else None


def title(province: str, month: Month) -> tuple[str, ...]:
    """Line by line. The second is that of แบบ สนบ.๒."""
    return (
        "แบบรายงานผลการดำเนินงานตามแผนงาน/โครงการ/กิจกรรม",
        f"ภายใต้แผนปฏิบัติการส่งเสริม คุ้มครอง และการพัฒนาแรงงานนอกระบบฯ ประจำปี {thai_digits(fiscal_year(month.first_day))}",
        places.label(province),
        f"ประจำเดือน {MONTHS[month.month - 1]} พ.ศ. {thai_digits(be_year(month.first_day))}",
    )

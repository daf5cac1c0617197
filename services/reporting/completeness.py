"""Whether all who are to report have reported, and on time: of a month, by province and for the nation. Pure: who is expected and
what was submitted is given."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from services.reporting.due import DueDays, on_time
from services.reporting.forms import Centre
from shared.buddhist_calendar import Month


@dataclass(frozen=True, slots=True)
class Expected:
    """A form that is expected: a unit's, or without `unit_id` a province's. Nil reports are submissions like all others."""

    province: str
    unit_id: UUID | None
    first_submitted_at: datetime | None
    unit_name: str = ""

    @property
    def name(self) -> str:
        """What stands among the missing."""
        return self.province if self.unit_id is None else str(self.unit_id)

    def in_time(self, due_on: date) -> bool:
        return on_time(due_on, self.first_submitted_at, due_on) is True


def completeness(
    month: Month,
    sp12: Sequence[Expected],
    snb2: Sequence[Expected],
    *,
    due_days: DueDays,
    shown: Sequence[str],
    named: Collection[str],
    centres: Mapping[str, Centre],
) -> dict[str, Any]:
    """Only what is expected is counted, so that no rate exceeds 100 percent. `missing` is in order; for snb2 it also stands
    beside `national`. The nation's counts are all of it, whatever is shown; `named`: the provinces of which it names who is
    missing. `centres`: by province, with whose name their units are listed one by one."""
    units = _form(sp12, due_days.sp12_due_on(month), shown, named)
    listed = _by_province([one for one in sp12 if one.province in named], shown)
    for row in units["by_province"]:
        row |= _of_centre(centres.get(row["province"]), listed[row["province"]], due_days.sp12_due_on(month))
    provinces = _form(snb2, due_days.snb2_due_on(month), shown, named)
    return {"month": str(month), "sp12": units, "snb2": provinces | {"missing": provinces["national"]["missing"]}}


def _form(expected: Sequence[Expected], due_on: date, shown: Sequence[str], named: Collection[str]) -> dict[str, Any]:
    by_province = _by_province(expected, shown).items()
    return {
        "due_on": due_on.isoformat(),
        "by_province": [{"province": province, **_counted(some, due_on, named)} for province, some in by_province],
        "national": _counted(expected, due_on, named),
    }


def _by_province(expected: Sequence[Expected], shown: Sequence[str]) -> dict[str, list[Expected]]:
    by_province: dict[str, list[Expected]] = {province: [] for province in shown}
    for one in expected:
        if one.province in by_province:
            by_province[one.province].append(one)
    return by_province


def _of_centre(centre: Centre | None, units: Sequence[Expected], due_on: date) -> dict[str, Any]:
    """A province's centre, and its units by their names; `on_time` is null of who has not submitted."""
    return {
        "centre": None if centre is None else {"centre_id": str(centre.id), "name": centre.name},
        "units": [
            {
                "unit_id": one.name,
                "name": one.unit_name,
                "submitted": one.first_submitted_at is not None,
                "on_time": None if one.first_submitted_at is None else one.in_time(due_on),
            }
            for one in sorted(units, key=lambda one: (one.unit_name, one.name))
        ],
    }


def _counted(expected: Sequence[Expected], due_on: date, named: Collection[str]) -> dict[str, Any]:
    submitted = [one for one in expected if one.first_submitted_at is not None]
    in_time = sum(one.in_time(due_on) for one in submitted)
    return {
        "expected": len(expected),
        "submitted": len(submitted),
        "on_time": in_time,
        "submitted_percent": _percent(len(submitted), len(expected)),
        "on_time_percent": _percent(in_time, len(expected)),
        "missing": sorted(one.name for one in expected if one.first_submitted_at is None and one.province in named),
    }


def _percent(part: int, whole: int) -> int | None:
    """Rounded down: 100 is all of them. None of nothing."""
    return part * 100 // whole if whole else None


Report = Literal["sp12", "snb2"]
HEADINGS = (
    "form",
    "province",
    "due_on",
    "expected",
    "submitted",
    "on_time",
    "submitted_percent",
    "on_time_percent",
    "missing",
    "centre",
)
"""Of the table."""


def as_rows(content: dict[str, Any]) -> list[dict[str, Any]]:
    """The answer of `completeness` as one table; the nation has no province and no centre."""
    forms: Iterable[Report] = ("sp12", "snb2")
    return [
        {name: value for name, value in row.items() if name != "units"}
        | {"form": form, "due_on": content[form]["due_on"], "missing": " ".join(row["missing"])}
        | {"centre": None if row.get("centre") is None else row["centre"]["name"]}
        for form in forms
        for row in (*content[form]["by_province"], content[form]["national"])
    ]

"""Tip-offs (เบาะแส) of a month for the department whose business they are: how many, where, and how far they came. Nobody is
named. Pure: the counts are given."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.reporting.case_status import LastWords
from shared import places
from shared.buddhist_calendar import MONTHS, Month, be_year, thai_digits
from shared.events.case_status import CaseStatus
from shared.events.codes import Agency, NeedKind

KINDS: Mapping[Agency, tuple[NeedKind, ...]] = {
    Agency.DOE: (NeedKind.TIPOFF_JOB_SCAM, NeedKind.TIPOFF_FOREIGN_WORKER),
    Agency.DLPW: (NeedKind.TIPOFF_CHILD_LABOUR, NeedKind.TIPOFF_WOMEN_LABOUR, NeedKind.TIPOFF_UNFAIR_LABOUR),
}
"""Every kind of tip-off has its department, also where a case was sent to another."""
DEPARTMENTS = {Agency.DOE: "กรมการจัดหางาน", Agency.DLPW: "กรมสวัสดิการและคุ้มครองแรงงาน"}
_TITLE = {
    Agency.DOE: "สรุปเบาะแสการหลอกลวงคนหางานและแรงงานต่างด้าวผิดกฎหมาย",
    Agency.DLPW: "สรุปเบาะแสการใช้แรงงานเด็ก แรงงานหญิง และการใช้แรงงานไม่เป็นธรรม",
}
"""The wording is ours, as is the whole summary."""
STATES = tuple(CaseStatus)
HEADINGS = ("province", "province_name", "district", "district_name", "kind", "total", *(state.value for state in STATES))
"""The fields of a row."""


@dataclass(frozen=True, slots=True)
class TipoffCount:
    """How many tip-offs of a kind in a district (4-digit code) stand alike."""

    district: str
    kind: str
    words: LastWords
    cases: int


def summary(agency: Agency, month: Month, provinces: Collection[str] | None, counts: Sequence[TipoffCount]) -> dict[str, Any]:
    """Districts with tip-offs only, in the order of their codes; the sums have every kind. `provinces`: those that are looked
    at, None for the nation. `province`: the only one, or None."""
    kinds = [kind.value for kind in KINDS[agency]]
    by_place: dict[tuple[str, str], list[TipoffCount]] = {}
    for count in counts:
        by_place.setdefault((count.district, count.kind), []).append(count)
    total = sum(count.cases for count in counts)
    return {
        "report": f"{agency.value.lower()}-tipoffs",
        "agency": agency.value,
        "period": str(month),
        "province": next(iter(provinces)) if provinces is not None and len(provinces) == 1 else None,
        "title": " ".join(title(agency, month, provinces, total)),
        "rows": [
            {**_place(district), "kind": kind, **_by_state(by_place[district, kind])}
            for district, kind in sorted(by_place, key=lambda place: (place[0], kinds.index(place[1])))
        ],
        "by_kind": [{"kind": kind, **_by_state([count for count in counts if count.kind == kind])} for kind in kinds],
        "sum": _by_state(counts),
    }


def title(agency: Agency, month: Month, provinces: Collection[str] | None, total: int) -> tuple[str, ...]:
    """Line by line."""
    where = "ทั่วประเทศ" if provinces is None else " ".join(places.label(province) for province in sorted(provinces))
    when = f"ประจำเดือน {MONTHS[month.month - 1]} พ.ศ. {thai_digits(be_year(month.first_day))}"
    return _TITLE[agency], f"เสนอ{DEPARTMENTS[agency]}", where, f"{when} จำนวน {thai_digits(total)} เรื่อง"


def _place(district: str) -> dict[str, str]:
    """A district that was abolished since has its code for a name."""
    found, province = places.district(district), places.province(district[:2])
    return {
        "province": district[:2],
        "province_name": district[:2] if province is None else province.name_th,
        "district": district,
        "district_name": district if found is None else found.name_th,
    }


def _by_state(counts: Sequence[TipoffCount]) -> dict[str, int]:
    found = dict.fromkeys((state.value for state in STATES), 0)
    for count in counts:
        found[count.words.status.value] += count.cases
    return {"total": sum(found.values()), **found}

"""Totals, funnel and a volunteer's progress: what is counted and what it is measured against. Pure: the counts are given."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from shared.events.codes import AssistanceType, NeedKind, WorkerType

PEOPLE_PER_VOLUNTEER = 30
"""Needs that a sub-district volunteer is to collect in a fiscal year."""
REFERRED_PERCENT = 30
"""Of the target of needs, to be found eligible and referred."""
HELPED_PERCENT = 30
"""Of the target of referrals, to be helped."""


@dataclass(frozen=True, slots=True)
class HelpCount:
    """How often help of one sort was given in a province. `named`: to a person, and not after an anonymous tip-off."""

    province: str
    assistance_type: str
    worker_type: str | None
    named: bool
    in_database: bool
    assistances: int


@dataclass(frozen=True, slots=True)
class Helped:
    """Help of a period, counted. `persons`: distinct people by province, and under None those of the whole nation: a person
    helped in two provinces is one there."""

    counts: Sequence[HelpCount]
    persons: Mapping[str | None, int]


@dataclass(frozen=True, slots=True)
class CaseCounts:
    """Named cases by how far they came; each counts what `http` calls by that name."""

    reported: int = 0
    screened: int = 0
    eligible: int = 0
    referred: int = 0
    helped: int = 0

    def __add__(self, other: "CaseCounts") -> "CaseCounts":
        return CaseCounts(*(getattr(self, field.name) + getattr(other, field.name) for field in fields(self)))


def totals(period: str, helped: Helped, *, shown: Sequence[str]) -> dict[str, Any]:
    """Every shown province and the nation, with all codes, zeros included."""
    by_province: dict[str, list[HelpCount]] = {province: [] for province in shown}
    for count in helped.counts:
        if count.province in by_province:
            by_province[count.province].append(count)
    return {
        "period": period,
        "by_province": [
            {"province": province, **_total(counts, helped.persons.get(province, 0))} for province, counts in by_province.items()
        ],
        "national": _total(helped.counts, helped.persons.get(None, 0)),
    }


def _total(counts: Sequence[HelpCount], persons: int) -> dict[str, Any]:
    """Help without a person is in `assistances` and by its type; workers and the database are asked of people only, so that
    `in_database` and `not_in_database` add up to the rows of the forms."""
    named = [count for count in counts if count.named]
    return {
        "persons": persons,
        "assistances": _sum(counts),
        "by_assistance_type": {
            code.value: _sum(count for count in counts if count.assistance_type == code) for code in AssistanceType
        },
        "by_worker_type": {code.value: _sum(count for count in named if count.worker_type == code) for code in WorkerType},
        "in_database": _sum(count for count in named if count.in_database),
        "not_in_database": _sum(count for count in named if not count.in_database),
    }


def _sum(counts: Iterable[HelpCount]) -> int:
    return sum(count.assistances for count in counts)


def funnel(
    fiscal_year: int, volunteers: Mapping[str, int], cases: Mapping[str, CaseCounts], *, shown: Sequence[str]
) -> dict[str, Any]:
    """By province and for the nation, whose targets come from its own number of volunteers."""
    return {
        "fiscal_year": fiscal_year,
        "by_province": [
            {"province": province, **_measured(volunteers.get(province, 0), cases.get(province, CaseCounts()))}
            for province in shown
        ],
        "national": _measured(sum(volunteers.values()), sum(cases.values(), CaseCounts())),
    }


def _measured(volunteers: int, counts: CaseCounts) -> dict[str, int]:
    reported, referred, helped = targets(volunteers)
    return {
        "volunteers": volunteers,
        "target_reported": reported,
        "reported": counts.reported,
        "screened": counts.screened,
        "eligible": counts.eligible,
        "target_referred": referred,
        "referred": counts.referred,
        "helped": counts.helped,
        "target_helped": helped,
    }


def targets(volunteers: int) -> tuple[int, int, int]:
    """People to be reported, referred and helped, each rounded down: 92 volunteers are to reach 2,760, 828 and 248."""
    reported = volunteers * PEOPLE_PER_VOLUNTEER
    referred = reported * REFERRED_PERCENT // 100
    return reported, referred, referred * HELPED_PERCENT // 100


def progress(by_kind: Mapping[str, CaseCounts]) -> dict[str, Any]:
    """One volunteer's cases of a fiscal year, by kind of need with zeros."""
    all_kinds = sum(by_kind.values(), CaseCounts())
    return {
        "target": PEOPLE_PER_VOLUNTEER,
        "reported": all_kinds.reported,
        "by_kind": {kind.value: by_kind.get(kind, CaseCounts()).reported for kind in NeedKind if not kind.tipoff},
        "screened": all_kinds.screened,
        "referred": all_kinds.referred,
        "helped": all_kinds.helped,
    }

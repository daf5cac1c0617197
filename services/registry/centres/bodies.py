"""The shapes of requests and answers about centres, and what their shape alone does not show: who may sit in a committee."""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from services.registry.bodies import ahead_faults, day_of, id_of
from shared.errors import Fault
from shared.events.codes import Agency, CommitteeRole
from shared.fields import Body, ClearName, Day, Name, ProvinceCode

MEMBERS_AT_MOST = 60
NAMES = ("title", "first_name", "last_name")


class EstablishBody(Body):
    """The order that establishes a province's centre."""

    province: ProvinceCode
    name: ClearName | None = None
    order_no: ClearName
    established_on: Day


class MemberBody(Body):
    """A seat: of a volunteer, or of somebody named. Which fields go together is said by `committee_faults`."""

    role: CommitteeRole
    volunteer_id: UUID | None = None
    title: Name | None = None
    first_name: Name | None = None
    last_name: Name | None = None
    agency: Agency | None = None

    def personal(self) -> dict[str, Any]:
        """What is sealed, without what was not given."""
        return self.model_dump(include=set(NAMES), exclude_none=True)


class CommitteeBody(Body):
    """The order that appoints a committee. `from`: its first day in office."""

    order_no: ClearName
    from_: Annotated[Day, Field(alias="from")]
    members: Annotated[list[MemberBody], Field(min_length=1, max_length=MEMBERS_AT_MOST)]


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True, from_attributes=True)


class CentreAnswer(_Answer):
    centre_id: UUID
    province: str
    name: str
    order_no: str
    established_on: date


class Seat(_Answer):
    """What a write answers of a member: nothing personal."""

    role: CommitteeRole
    volunteer_id: UUID | None = None
    agency: Agency | None = None


class SeatShown(Seat):
    """A member by name; null for those who may not see names, and where somebody was forgotten."""

    title: str | None = None
    first_name: str | None = None
    last_name: str | None = None


class CommitteeTerm(_Answer):
    """When a committee was in office; `until` is null while no other follows."""

    order_no: str
    appointed_from: date = Field(serialization_alias="from")
    until: date | None


class CommitteeAnswer(CommitteeTerm):
    centre_id: UUID
    members: list[Seat]


class CommitteeShown(CommitteeTerm):
    members: list[SeatShown]


class CentreShown(CentreAnswer):
    """A centre with the committee of a day, and when each committee was in office, oldest first."""

    committee: CommitteeShown | None
    committees: list[CommitteeTerm]


def past_faults(raw: Mapping[str, Any], name: str, today: date) -> list[Fault]:
    """A day that has not come."""
    day = day_of(raw, name)
    return [Fault(f"/{name}", "in_future", "lies in the future")] if day is not None and day > today else []


def committee_faults(raw: Mapping[str, Any], today: date, *, established_on: date) -> list[Fault]:
    """A first day that makes no sense, no chair or several, a seat of nobody, or of one who has another."""
    faults = ahead_faults(raw, "from", today, earliest=established_on)
    members = [(number, member) for number, member in enumerate(_list(raw.get("members"))) if isinstance(member, dict)]
    chairs = [number for number, member in members if member.get("role") == CommitteeRole.CHAIR]
    if not chairs:
        faults.append(Fault("/members", "required", "a committee needs a chair"))
    faults += [Fault(f"/members/{number}/role", "invalid", "there is one chair") for number in chairs[1:]]
    for number, member in members:
        faults += [Fault(f"/members/{number}/{name}", code, words) for name, code, words in _seat_faults(member)]
    return faults + _twice(members, "volunteer_id") + _twice([m for m in members if _adviser(m[1])], "agency")


def _seat_faults(member: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """(field, code, words) of what is wrong with one seat by itself."""
    if _adviser(member) and member.get("agency") is None:
        yield "agency", "required", "an adviser is the head of an agency"
    if not _adviser(member) and member.get("agency") is not None:
        yield "agency", "invalid", "is for advisers only"
    named = [name for name in NAMES if member.get(name) is not None]
    if member.get("volunteer_id") is not None:
        yield from ((name, "invalid", "a volunteer's name is known") for name in named)
    else:
        for name in ("first_name", "last_name"):
            if name not in named:
                yield name, "required", "a member is a volunteer or has a name"


def _twice(members: list[tuple[int, dict[str, Any]]], name: str) -> list[Fault]:
    """Members who have what one before them has."""
    values = [(number, str(id_of(member, name) or member.get(name))) for number, member in members if member.get(name)]
    seen: Counter[str] = Counter()
    faults = []
    for number, value in values:
        seen[value] += 1
        if seen[value] > 1:
            faults.append(Fault(f"/members/{number}/{name}", "invalid", "has a seat already"))
    return faults


def _adviser(member: Mapping[str, Any]) -> bool:
    return member.get("role") == CommitteeRole.ADVISER


def _list(value: Any) -> list[Any]:
    """As much of it as a committee may have: what is longer is refused by its shape."""
    return value[:MEMBERS_AT_MOST] if isinstance(value, list) else []

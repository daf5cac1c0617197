"""What is decided about a province's centre and its committees. Each event carries the centre and, if it appoints one, a whole
committee: the centre's committees are all that were ever appointed, each in office until the next one's first day."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from uuid import UUID

from shared import places
from shared.errors import RefusedError
from shared.events.contract import Event
from shared.events.network import CentreEstablished, CommitteeAppointed, CommitteeMember

_FACTS = ("centre_id", "province", "name", "order_no", "established_on")


@dataclass(frozen=True, slots=True)
class Committee:
    """`until`: the last day in office; None while no other follows."""

    order_no: str
    appointed_from: date
    until: date | None
    members: tuple[CommitteeMember, ...]


@dataclass(frozen=True, slots=True)
class Centre:
    """A centre with its committees, oldest first."""

    centre_id: UUID
    province: str
    name: str
    order_no: str
    established_on: date
    committees: tuple[Committee, ...] = ()

    def in_office(self, day: date) -> Committee | None:
        """The committee of a day."""
        begun = [committee for committee in self.committees if committee.appointed_from <= day]
        return begun[-1] if begun else None


def centre_of(events: Iterable[Event]) -> Centre | None:
    """The centre that these events are about; None if they are about something else."""
    own = [event for event in events if isinstance(event, CentreEstablished | CommitteeAppointed)]
    if not own:
        return None
    facts = {name: getattr(own[-1], name) for name in _FACTS}
    return Centre(**facts, committees=_committees(event for event in own if isinstance(event, CommitteeAppointed)))


def _committees(appointed: Iterable[CommitteeAppointed]) -> tuple[Committee, ...]:
    by_day = sorted(appointed, key=lambda event: event.appointed_from)
    return tuple(
        Committee(
            order_no=event.committee_order_no,
            appointed_from=event.appointed_from,
            until=None if following is None else following.appointed_from - timedelta(days=1),
            members=event.members,
        )
        for event, following in pairwise([*by_day, None])
        if event is not None
    )


def name_of(province: str) -> str:
    """What a province's centre is called unless its order says otherwise."""
    return f"ศูนย์ประสานงานแรงงานนอกระบบ{places.label(province)} (ภาคประชาชน)"


def establish(centre_id: UUID, *, province: str, name: str | None, order_no: str, established_on: date) -> list[Event]:
    """A new centre. That it is the province's only one is a claim."""
    return [
        CentreEstablished(
            centre_id=centre_id,
            province=province,
            name=name or name_of(province),
            order_no=order_no,
            established_on=established_on,
        )
    ]


def appoint_committee(centre: Centre, *, order_no: str, appointed_from: date, members: Sequence[CommitteeMember]) -> list[Event]:
    """The committee from a day on, which may lie before the newest one's. Raises RefusedError `already_appointed` where one
    begins on that day."""
    if any(committee.appointed_from == appointed_from for committee in centre.committees):
        raise RefusedError("already_appointed", "another committee was appointed from that day on")
    facts = {name: getattr(centre, name) for name in _FACTS}
    return [
        CommitteeAppointed(**facts, committee_order_no=order_no, appointed_from=appointed_from, members=tuple(members)),
    ]

"""What services said about a case, for the tests of intake: a need in พิมพา, Chachoengsao, and what may become of it."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from services.intake.domain import Case, Need, fold, report_need
from shared.buddhist_calendar import bangkok_day
from shared.events.case import CASE_FIELDS, CaseFacts
from shared.events.codes import (
    Agency,
    AssistanceType,
    Decision,
    Level,
    NeedKind,
    Outcome,
    Priority,
    ReferralStatus,
    WorkerType,
)
from shared.events.contract import Event
from shared.events.intake import NeedReported, NeedWithdrawn
from shared.events.registry import ServiceUnitClosed, ServiceUnitOpened, VolunteerAppointed, VolunteerRelieved
from shared.events.routing import (
    AssistanceRecorded,
    CaseReferred,
    ReferralAccepted,
    ReferralCancelled,
    ReferralClosed,
    ReferralDeclined,
    ReferralDone,
    ReferralFacts,
    ReferralReopened,
    ReferralReturned,
)
from shared.events.screening import CaseReopened, CaseScreened
from shared.ids import derived_id
from shared.sealed import Sealed
from shared.store import Recorded
from tests.support.kafka_records import recorded

CASE = UUID("01890000-0000-7000-8000-000000000001")
ORIGINAL = UUID("01890000-0000-7000-8000-000000000002")
VOLUNTEER = UUID("01890000-0000-7000-8000-00000000000a")
UNIT = UUID("01890000-0000-7000-8000-00000000000b")
NEED_UNIT = UUID("01890000-0000-7000-8000-00000000000c")
PERSON = UUID("6a0f3a8e-8a4c-4b6f-9b0e-0d6f3e1f2a01")
REPORTED_AT = datetime(2021, 5, 10, 2, 30, tzinfo=UTC)
DECIDED_AT = datetime(2021, 5, 11, 2, 0, tzinfo=UTC)
WORDS = Sealed(key_ref=PERSON, box="A" * 40)

STATUS_OF = {
    CaseReferred: ReferralStatus.SENT,
    ReferralAccepted: ReferralStatus.ACCEPTED,
    ReferralDeclined: ReferralStatus.DECLINED,
    ReferralReturned: ReferralStatus.RETURNED,
    ReferralDone: ReferralStatus.DONE,
    ReferralReopened: ReferralStatus.ACCEPTED,
    ReferralClosed: ReferralStatus.CLOSED,
    ReferralCancelled: ReferralStatus.CANCELLED,
}


def need(case_id: UUID = CASE, **changed: Any) -> NeedReported:
    """A named need of a job."""
    reported = Need(kind=NeedKind.JOB_DOMESTIC, area_code="240409", worker_type=WorkerType.INFORMAL, reported_at=REPORTED_AT)
    event = report_need(case_id, reported, person_ref=PERSON, person=WORDS)
    return NeedReported.model_validate(event.model_dump() | changed)


def facts(event: CaseFacts) -> dict[str, Any]:
    return {name: getattr(event, name) for name in CASE_FIELDS}


def withdrawn(reported: CaseFacts) -> NeedWithdrawn:
    return NeedWithdrawn(**facts(reported), withdrawn_at=DECIDED_AT, words=WORDS)


def screened(reported: CaseFacts, decision: Decision = Decision.ELIGIBLE, round_: int = 1) -> CaseScreened:
    return CaseScreened(**facts(reported), round=round_, decision=decision, decided_at=DECIDED_AT)


def reopened(referral: ReferralFacts) -> CaseReopened:
    because = "declined" if isinstance(referral, ReferralDeclined) else "returned"
    return CaseReopened(
        **facts(referral), round=referral.round, referral_id=referral.referral_id, because=because, reopened_at=DECIDED_AT
    )


def referral(kind: type[ReferralFacts], reported: CaseFacts, round_: int = 1, agency: Agency = Agency.DOE) -> Any:
    """What routing says of the referral of a round, as an event of the type `kind`."""
    more: dict[str, Any] = {"words": WORDS} if kind in (ReferralDeclined, ReferralReturned, ReferralClosed) else {}
    if kind is ReferralClosed:
        more["outcome"] = Outcome.NOT_REACHED
    return kind(
        **facts(reported),
        referral_id=derived_id(reported.case_id, f"referral {round_}"),
        round=round_,
        agency=agency,
        assistance_type=AssistanceType.PROMOTE,
        priority=Priority.NORMAL,
        status=STATUS_OF[kind],
        referred_at=DECIDED_AT,
        due_at=DECIDED_AT + timedelta(days=15),
        **more,
    )


def helped(reported: CaseFacts) -> AssistanceRecorded:
    return AssistanceRecorded(
        assistance_id=derived_id(reported.case_id, "assistance"),
        revision=1,
        case_id=reported.case_id,
        province=reported.province,
        area_code=reported.area_code,
        assistance_type=AssistanceType.PROMOTE,
        project_name="มหกรรมอาชีพ",
        service_date=date(2021, 5, 12),
        recorded_at=DECIDED_AT,
    )


def volunteer(volunteer_id: UUID = VOLUNTEER, **changed: Any) -> VolunteerAppointed:
    return VolunteerAppointed.model_validate(
        {
            "volunteer_id": volunteer_id,
            "person_ref": PERSON,
            "person": WORDS,
            "card_no": "24-0001",
            "province": "24",
            "level": Level.SUBDISTRICT,
            "area_code": "240409",
            "appointed_on": date(2020, 1, 1),
            "term_starts_on": date(2020, 1, 1),
            "term_ends_on": date(2022, 12, 31),
            **changed,
        }
    )


def relieved(before: VolunteerAppointed, on: date) -> VolunteerRelieved:
    return VolunteerRelieved.model_validate(before.model_dump() | {"relieved_on": on, "words": WORDS})


def unit(unit_id: UUID = UNIT, **changed: Any) -> ServiceUnitOpened:
    given = {"unit_id": unit_id, "name": "บ้านคลองนิยม", "province": "24", "area_code": "240409", "opened_on": date(2021, 5, 7)}
    return ServiceUnitOpened.model_validate(given | changed)


def unit_closed(before: ServiceUnitOpened, on: date) -> ServiceUnitClosed:
    return ServiceUnitClosed.model_validate(before.model_dump() | {"closed_on": on})


def given(*events: Event) -> Case:
    return fold(events)


def history(random: Random, case_id: UUID = CASE) -> list[Event]:
    """All that was said of one case, as it may well have happened: up to three rounds of decisions, and perhaps a withdrawal that
    crosses them."""
    day = REPORTED_AT - timedelta(days=random.randrange(200))
    reported = need(case_id, reported_at=day, reported_on=bangkok_day(day))
    events: list[Event] = [reported, *_rounds(random, reported)]
    if random.random() < 0.3:
        place = random.randrange(1, len(events) + 1)
        last = next((event for event in reversed(events) if isinstance(event, ReferralFacts)), None)
        if last is not None and last.status in (ReferralStatus.SENT, ReferralStatus.ACCEPTED):
            events.append(referral(ReferralCancelled, reported, last.round, last.agency))
        events.insert(place, withdrawn(reported))
    return events


def _rounds(random: Random, reported: NeedReported) -> Iterator[Event]:
    for round_ in (1, 2, 3):
        if random.random() < 0.3:
            yield screened(reported, Decision.NEEDS_INFORMATION, round_)
        if random.random() < 0.15:
            return
        decision = random.choice([Decision.ELIGIBLE, Decision.ELIGIBLE, Decision.NOT_ELIGIBLE, Decision.DUPLICATE])
        yield screened(reported, decision, round_)
        if decision is not Decision.ELIGIBLE or random.random() < 0.15:
            return
        steps = _referral(random, reported, round_)
        yield from steps
        if not isinstance(steps[-1], ReferralDeclined | ReferralReturned):
            return
        yield reopened(steps[-1])


def _referral(random: Random, reported: NeedReported, round_: int) -> list[Event]:
    """A referral of one round to some agency, to its end or on the way."""
    agency = random.choice([*Agency])

    def step(kind: type[ReferralFacts]) -> Event:
        found: Event = referral(kind, reported, round_, agency)
        return found

    paths: list[list[Event]] = [
        [],
        [step(ReferralAccepted)],
        [step(ReferralDeclined)],
        [step(ReferralReturned)],
        [step(ReferralAccepted), step(ReferralReturned)],
        [step(ReferralClosed)],
        [step(ReferralAccepted), step(ReferralDone), helped(reported)],
        [step(ReferralDone), helped(reported), step(ReferralReopened)],
        [step(ReferralDone), helped(reported), step(ReferralReopened), step(ReferralReturned)],
        [step(ReferralDone), helped(reported), step(ReferralReopened), step(ReferralDone), helped(reported)],
    ]
    return [step(CaseReferred), *random.choice(paths)]


def as_recorded(events: Sequence[Event]) -> list[Recorded]:
    """With the versions that their services gave them, in this order."""
    versions: dict[tuple[UUID, str], int] = {}
    records: list[Recorded] = []
    for event in events:
        place = (event.stream, event.OWNER)
        versions[place] = versions.get(place, 0) + 1
        records.append(recorded(event, version=versions[place], position=len(records) + 1))
    return records


def heard_in_some_order(random: Random, records: Sequence[Recorded]) -> list[Recorded]:
    """Only what one topic says of one case comes in its order."""
    queues: dict[tuple[str, UUID], list[Recorded]] = {}
    for record in records:
        queues.setdefault((record.topic, record.stream), []).append(record)
    found: list[Recorded] = []
    while queues:
        place = random.choice([*queues])
        found.append(queues[place].pop(0))
        if not queues[place]:
            del queues[place]
    return found

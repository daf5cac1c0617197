"""Events as the other services say them, for the tests of reporting: one by one, and as a small world of cases whose fate is
kept beside, so that every count can be worked out without any table."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from shared.buddhist_calendar import bangkok_day, fiscal_year
from shared.events.case import CASE_FIELDS, CaseFacts
from shared.events.codes import (
    Agency,
    AssistanceType,
    Decision,
    ForgetGround,
    Level,
    NeedKind,
    Outcome,
    ReferralStatus,
    ReportForm,
    WorkerType,
)
from shared.events.contract import Event
from shared.events.intake import NeedReported, NeedWithdrawn, PersonCorrected, PersonForgotten
from shared.events.registry import ServiceUnitClosed, ServiceUnitOpened, VolunteerAppointed, VolunteerRelieved
from shared.events.reporting import ProjectTargetSet, ReportSubmitted, target_id_of
from shared.events.routing import (
    AssistanceCorrected,
    AssistanceRecorded,
    AssistanceVoided,
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
from shared.sealed import Sealed
from shared.store import Recorded
from tests.support.kafka_records import recorded

PERSON = UUID("6a0f3a8e-8a4c-4b6f-9b0e-0d6f3e1f2a01")
REPORTED_AT = datetime(2021, 5, 10, 2, 30, tzinfo=UTC)
LATER = REPORTED_AT + timedelta(days=1)
WORDS = Sealed(key_ref=PERSON, box="A" * 40)
PROVINCES = ("20", "24", "90")
STATUS = {
    CaseReferred: ReferralStatus.SENT,
    ReferralAccepted: ReferralStatus.ACCEPTED,
    ReferralDeclined: ReferralStatus.DECLINED,
    ReferralReturned: ReferralStatus.RETURNED,
    ReferralClosed: ReferralStatus.CLOSED,
    ReferralCancelled: ReferralStatus.CANCELLED,
    ReferralDone: ReferralStatus.DONE,
    ReferralReopened: ReferralStatus.ACCEPTED,
}


def an_id(number: int) -> UUID:
    """The same for the same number."""
    return UUID(int=number | 0x7 << 76 | 0x2 << 62)


def sealed(person_ref: UUID) -> Sealed:
    return Sealed(key_ref=person_ref, box="B" * 40)


def unit(unit_id: UUID, *, closed_on: date | None = None, **changed: Any) -> ServiceUnitOpened | ServiceUnitClosed:
    facts = {
        "unit_id": unit_id,
        "name": "บ้านคลองนิยม",
        "province": "24",
        "area_code": "240409",
        "opened_on": date(2021, 5, 7),
        "closed_on": closed_on,
        **changed,
    }
    return (ServiceUnitOpened if closed_on is None else ServiceUnitClosed).model_validate(facts)


def volunteer(volunteer_id: UUID, **changed: Any) -> VolunteerAppointed | VolunteerRelieved:
    """In service from 1 October 2020 for three years, but where `relieved_on` is given."""
    facts = {
        "volunteer_id": volunteer_id,
        "person_ref": PERSON,
        "person": WORDS,
        "card_no": "24-0001",
        "province": "24",
        "level": Level.SUBDISTRICT,
        "area_code": "240409",
        "appointed_on": date(2020, 10, 1),
        "term_starts_on": date(2020, 10, 1),
        "term_ends_on": date(2023, 9, 30),
        "words": WORDS,
        **changed,
    }
    return (VolunteerAppointed if "relieved_on" not in changed else VolunteerRelieved).model_validate(facts)


def need(case_id: UUID, **changed: Any) -> NeedReported:
    """A named need; for a tip-off give its kind."""
    kind = NeedKind(changed.get("kind", NeedKind.JOB_DOMESTIC))
    reported_at = changed.get("reported_at", REPORTED_AT)
    day = bangkok_day(reported_at)
    person_ref = changed.get("person_ref", None if kind.tipoff else PERSON)
    facts = {
        "case_id": case_id,
        "kind": kind,
        "urgent": kind.tipoff,
        "province": "24",
        "area_code": "240409",
        "person_ref": person_ref,
        "person": None if person_ref is None else sealed(person_ref),
        "worker_type": None if kind.tipoff else WorkerType.INFORMAL,
        "reported_at": reported_at,
        "reported_on": day,
        "fiscal_year": fiscal_year(day),
        **changed,
    }
    return NeedReported.model_validate(facts)


def _facts(event: CaseFacts) -> dict[str, Any]:
    return {name: getattr(event, name) for name in CASE_FIELDS}


def withdrawn(reported: CaseFacts) -> NeedWithdrawn:
    return NeedWithdrawn(**_facts(reported), withdrawn_at=LATER, words=WORDS)


def screened(reported: CaseFacts, decision: Decision = Decision.ELIGIBLE, round_: int = 1) -> CaseScreened:
    return CaseScreened(**_facts(reported), round=round_, decision=decision, decided_at=LATER)


def reopened(reported: CaseFacts, round_: int = 1, because: Literal["declined", "returned"] = "declined") -> CaseReopened:
    return CaseReopened(**_facts(reported), round=round_, referral_id=an_id(round_), because=because, reopened_at=LATER)


def referral(kind: type[ReferralFacts], reported: CaseFacts, round_: int = 1, agency: Agency = Agency.DOE) -> ReferralFacts:
    """What routing says of the referral of a round, as an event of the type `kind`."""
    return kind.model_validate(
        {
            **_facts(reported),
            "referral_id": UUID(int=reported.case_id.int ^ round_),
            "round": round_,
            "agency": agency,
            "assistance_type": AssistanceType.PROMOTE,
            "priority": "normal",
            "status": STATUS[kind],
            "referred_at": LATER,
            "due_at": LATER + timedelta(days=15),
            "outcome": Outcome.NOT_REACHED,
            "words": WORDS,
        }
    )


def helped(assistance_id: UUID, reported: CaseFacts | None = None, **changed: Any) -> AssistanceRecorded:
    """Help because of a need, or by a unit itself."""
    of_case: dict[str, Any] = {"person_ref": PERSON, "worker_type": WorkerType.INFORMAL}
    if reported is not None:
        names = ("case_id", "kind", "volunteer_id", "fiscal_year", "province", "area_code", "person_ref", "worker_type")
        of_case = {name: getattr(reported, name) for name in names} | {"referral_id": an_id(1), "agency": Agency.DOE}
    person_ref = changed.get("person_ref", of_case["person_ref"])
    facts = {
        "assistance_id": assistance_id,
        "revision": 1,
        "province": "24",
        "area_code": "240409",
        **of_case,
        "person": None if person_ref is None else sealed(person_ref),
        "assistance_type": AssistanceType.PROMOTE,
        "project_name": "ส่งเสริมอาชีพ",
        "service_date": date(2021, 5, 20),
        "in_database": True,
        "roster_edition": "2563",
        "recorded_at": LATER,
        **changed,
    }
    return AssistanceRecorded.model_validate(facts)


def corrected(help_: AssistanceRecorded | AssistanceCorrected, **changed: Any) -> AssistanceCorrected:
    return AssistanceCorrected.model_validate(help_.model_dump() | {"revision": help_.revision + 1, "reason": WORDS} | changed)


def voided(help_: AssistanceRecorded | AssistanceCorrected) -> AssistanceVoided:
    return AssistanceVoided.model_validate(help_.model_dump() | {"revision": help_.revision + 1, "void": True, "reason": WORDS})


def put_right(person_ref: UUID, person: Sealed | None = None) -> PersonCorrected:
    return PersonCorrected(person_ref=person_ref, person=person or sealed(person_ref), corrected_at=LATER, words=WORDS)


def forgotten(person_ref: UUID) -> PersonForgotten:
    return PersonForgotten(person_ref=person_ref, ground=ForgetGround.REQUESTED, forgotten_at=LATER, words=WORDS)


def submission(report_id: UUID, *rows: tuple[UUID, int], revision: int = 1, **changed: Any) -> ReportSubmitted:
    """แบบ สป-๑๒ of May 2021 with these revisions of help on it."""
    facts = {
        "report_id": report_id,
        "form": ReportForm.SP12,
        "period": "2021-05",
        "province": "24",
        "unit_id": an_id(1),
        "revision": revision,
        "submitted_at": LATER,
        "first_submitted_at": LATER,
        "hash": "0" * 64,
        "row_count": len(rows),
        "persons": len(rows),
        "frozen": [{"assistance_id": assistance_id, "revision": number} for assistance_id, number in rows],
    }
    return ReportSubmitted.model_validate(facts | changed)


def target(project_name: str, people: int, **changed: Any) -> ProjectTargetSet:
    """What a project of province 24 is to reach in the fiscal year 2564."""
    facts = {"province": "24", "fiscal_year": 2564, "project_name": project_name, "target": people, "set_at": LATER, **changed}
    target_id = target_id_of(facts["province"], facts["fiscal_year"], project_name)
    return ProjectTargetSet.model_validate({"target_id": target_id, **facts})


@dataclass
class Fate:
    """What became of a case, as a person would tell it."""

    reported: NeedReported
    withdrawn: bool = False
    decision: Decision | None = None
    referral: ReferralStatus | None = None
    helps: dict[UUID, bool] = field(default_factory=dict)
    """Whether each help still stands."""

    @property
    def counted(self) -> bool:
        return not self.reported.kind.tipoff and not self.withdrawn and self.decision is not Decision.DUPLICATE

    @property
    def counts(self) -> dict[str, int]:
        gone = (ReferralStatus.DECLINED, ReferralStatus.RETURNED, ReferralStatus.CANCELLED)
        return {
            "reported": 1,
            "screened": int(self.decision in (Decision.ELIGIBLE, Decision.NOT_ELIGIBLE)),
            "eligible": int(self.decision is Decision.ELIGIBLE),
            "referred": int(self.referral is not None and self.referral not in gone),
            "helped": int(any(self.helps.values())),
        }


class World:
    """Cases drawn by a seed. `records` are their events as their owners stored them, `fates` what a person would tell."""

    def __init__(self, seed: int, cases: int) -> None:
        self._draw = random.Random(seed)
        self._versions: dict[tuple[UUID, str], int] = {}
        self._helps = 0
        self.records: list[Recorded] = []
        self.fates = [self._case(number) for number in range(1, cases + 1)]

    def arrivals(self, seed: int) -> list[Recorded]:
        """An order in which they may arrive: any, but on one topic a stream's events stay in theirs. Positions are those of
        the reader's store."""
        draw = random.Random(seed)
        lanes: dict[tuple[str, UUID], list[Recorded]] = {}
        for record in self.records:
            lanes.setdefault((record.topic, record.stream), []).append(record)
        waiting = list(lanes.values())
        ordered: list[Recorded] = []
        while waiting:
            lane = draw.randrange(len(waiting))
            ordered.append(waiting[lane].pop(0))
            if not waiting[lane]:
                waiting.pop(lane)
        return placed(ordered)

    def _say(self, event: Event) -> None:
        version = self._versions[event.stream, event.OWNER] = self._versions.get((event.stream, event.OWNER), 0) + 1
        self.records.append(recorded(event, version=version))

    def _case(self, number: int) -> Fate:
        draw = self._draw
        kind = draw.choice([NeedKind.JOB_DOMESTIC, NeedKind.WELFARE, NeedKind.SKILL_TRAINING, NeedKind.TIPOFF_JOB_SCAM])
        fate = Fate(
            need(
                an_id(number),
                kind=kind,
                province=draw.choice(PROVINCES),
                volunteer_id=an_id(9_000_000 + draw.randrange(3)),
                reported_at=datetime(2021, draw.choice([5, 9, 10]), 30, 17, 0, tzinfo=UTC),
                person_ref=None if kind.tipoff else an_id(8_000_000 + draw.randrange(50)),
            )
        )
        self._say(fate.reported)
        round_ = 1
        while round_ <= 3 and self._decided(fate, round_) and self._ended_open(fate, round_):
            self._say(reopened(fate.reported, round_, "declined" if fate.referral is ReferralStatus.DECLINED else "returned"))
            fate.decision = None
            round_ += 1
        if draw.random() < 0.15:
            fate.withdrawn = True
            self._say(withdrawn(fate.reported))
            if fate.referral in (ReferralStatus.SENT, ReferralStatus.ACCEPTED):
                self._referral(ReferralCancelled, fate, round_)
        return fate

    def _decided(self, fate: Fate, round_: int) -> bool:
        """Whether the case is eligible."""
        for _ in range(self._draw.randrange(2)):
            self._say(screened(fate.reported, Decision.NEEDS_INFORMATION, round_))
        fate.decision = self._draw.choices([None, *Decision], [2, 12, 2, 2, 0])[0]
        if fate.decision is not None:
            self._say(screened(fate.reported, fate.decision, round_))
        return fate.decision is Decision.ELIGIBLE

    def _ended_open(self, fate: Fate, round_: int) -> bool:
        """What becomes of a referral. Whether the case is back in the queue."""
        draw = self._draw
        agency = draw.choice(list(Agency))
        self._referral(CaseReferred, fate, round_, agency)
        way = draw.choice(["nothing", "accepted", "declined", "returned", "closed", "helped", "helped", "helped"])
        if way in ("accepted", "returned", "closed"):
            self._referral(ReferralAccepted, fate, round_, agency)
        if way == "closed":
            self._referral(ReferralClosed, fate, round_, agency)
        if way == "helped":
            return self._help(fate, round_, agency)
        if way in ("declined", "returned"):
            self._referral(ReferralDeclined if way == "declined" else ReferralReturned, fate, round_, agency)
        return way in ("declined", "returned")

    def _help(self, fate: Fate, round_: int, agency: Agency) -> bool:
        """Once or twice, some of it put right, some of it void; a referral without help left may be returned."""
        for _ in range(self._draw.choice([1, 1, 2])):
            self._helps += 1
            help_: Any = helped(an_id(7_000_000 + self._helps), fate.reported)
            self._say(help_)
            self._referral(ReferralDone, fate, round_, agency)
            if self._draw.random() < 0.4:
                help_ = corrected(help_, project_name="อีกโครงการ")
                self._say(help_)
            fate.helps[help_.assistance_id] = self._draw.random() < 0.6
            if not fate.helps[help_.assistance_id]:
                self._say(voided(help_))
        if any(fate.helps.values()):
            return False
        self._referral(ReferralReopened, fate, round_, agency)
        if self._draw.random() < 0.5:
            return False
        self._referral(ReferralReturned, fate, round_, agency)
        return True

    def _referral(self, kind: type[ReferralFacts], fate: Fate, round_: int, agency: Agency = Agency.DOE) -> None:
        self._say(referral(kind, fate.reported, round_, agency))
        fate.referral = STATUS[kind]


def placed(records: Sequence[Recorded]) -> list[Recorded]:
    """The records at positions 1, 2, … of a reader's store, come to be known a second apart."""
    return [
        Recorded(
            position,
            r.source,
            r.stream,
            r.version,
            r.id,
            r.type,
            r.schema,
            r.data,
            r.meta_text,
            r.recorded_at,
            REPORTED_AT + timedelta(seconds=position),
            r.topic,
        )
        for position, r in enumerate(records, start=1)
    ]

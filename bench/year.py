"""Years of a province as events, made by the services' own decisions: volunteers, needs, decisions, referrals, help, in the
proportions of Chonburi's story (30 needs a volunteer, 30 in 100 referred, 30 in 100 of those helped). Nothing is stored here."""

import random
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

from bench.people import sealed
from services.intake.domain import Need, report_need
from services.registry.domain import Appointment, appoint, open_unit
from services.routing import domain as routing
from services.screening import domain as screening
from shared.events.codes import Decision, Level, NeedKind, WorkerType
from shared.events.contract import Event
from shared.events.intake import NeedReported
from shared.events.routing import ReferralFacts
from shared.events.screening import CaseScreened
from shared.ids import new_id
from shared.places import subdistricts_of
from shared.store.groups import Said

PROVINCE = "20"
BEGINS = datetime(2024, 10, 1, 2, 0, tzinfo=UTC)
YEAR_MINUTES = 360 * 24 * 60
NEEDS_OF_A_VOLUNTEER = 30
ELIGIBLE = HELPED = 0.3
ACCEPTED_FIRST = 0.5
UNITS = 40
KINDS = tuple(kind for kind in NeedKind if not kind.tipoff)


class Year:
    """Drawn by a seed. `said` are the events in the order of their time, each with its place in its owner's stream."""

    def __init__(self, cases: int, seed: int = 2555) -> None:
        self._draw = random.Random(seed)
        self._areas = subdistricts_of(PROVINCE)
        self._versions: dict[tuple[UUID, str], int] = {}
        self.said: list[Said] = []
        self._units = [self._open_unit() for _ in range(UNITS)]
        self._volunteers = [self._appoint() for _ in range(max(1, cases // NEEDS_OF_A_VOLUNTEER))]
        for _ in range(cases):
            self._case(BEGINS + timedelta(minutes=self._draw.randrange(YEAR_MINUTES)))
        self.said.sort(key=lambda said: said.at)  # stable: what was said at one moment stays in its order

    def _say(self, events: Sequence[Event], at: datetime) -> None:
        for event in events:
            version = self._versions[event.stream, event.OWNER] = self._versions.get((event.stream, event.OWNER), 0) + 1
            self.said.append(Said(event.stream, version, event, at))

    def _open_unit(self) -> UUID:
        unit_id = new_id()
        name, area = "ศูนย์บริการชุมชนบ้านคลองนิยม", self._draw.choice(self._areas)
        self._say(open_unit(unit_id, name=name, area_code=area, village_no=3, opened_on=date(2024, 10, 1)), BEGINS)
        return unit_id

    def _appoint(self) -> UUID:
        volunteer_id, person_ref = new_id(), uuid4()
        appointment = Appointment(
            level=Level.SUBDISTRICT, area_code=self._draw.choice(self._areas), appointed_on=date(2024, 10, 1), order_no="12/2567"
        )
        self._say(appoint(volunteer_id, appointment, person_ref=person_ref, person=sealed(self._draw, person_ref)), BEGINS)
        return volunteer_id

    def _case(self, at: datetime) -> None:
        reported = self._report(at)
        self._say([reported], at)
        at += timedelta(days=3)
        screened = self._screen(reported, at)
        self._say([screened], at)
        if screened.decision is Decision.ELIGIBLE:
            at += timedelta(seconds=1)
            self._refer(screened, at)

    def _report(self, at: datetime) -> NeedReported:
        person_ref = uuid4()
        need = Need(
            kind=self._draw.choice(KINDS),
            area_code=self._draw.choice(self._areas),
            village_no=self._draw.randrange(1, 12),
            volunteer_id=self._draw.choice(self._volunteers),
            worker_type=self._draw.choice((*WorkerType,)),
            reported_at=at,
            consent=True,
        )
        return report_need(new_id(), need, person_ref=person_ref, person=sealed(self._draw, person_ref))

    def _screen(self, reported: NeedReported, at: datetime) -> CaseScreened:
        decision = Decision.ELIGIBLE if self._draw.random() < ELIGIBLE else Decision.NOT_ELIGIBLE
        return screening.screen(screening.fold([reported]), screening.Ruling(decision), at=at)

    def _refer(self, screened: CaseScreened, at: datetime) -> None:
        referral = self._say_of_referral(routing.refer(routing.Case(), screened, referral_id=uuid4(), at=at), at)
        if self._draw.random() < ACCEPTED_FIRST:
            at += timedelta(days=1)
            referral = self._say_of_referral(routing.accept(referral), at)
        if self._draw.random() < HELPED:
            self._help(referral, at + timedelta(days=7))

    def _say_of_referral(self, events: Sequence[Event], at: datetime) -> ReferralFacts:
        self._say(events, at)
        (referral,) = events
        assert isinstance(referral, ReferralFacts)
        return referral

    def _help(self, referral: ReferralFacts, at: datetime) -> None:
        given = routing.Help(
            assistance_type=referral.assistance_type,
            project_name="โครงการส่งเสริมอาชีพแรงงานนอกระบบ ประจำปี ๒๕๖๘",
            service_date=at.date(),
            unit_id=self._draw.choice(self._units),
            whom=routing.Whom(referral.person_ref, referral.person, referral.worker_type),
        )
        self._say(routing.record_assistance(referral, given, assistance_id=uuid4(), at=at), at)

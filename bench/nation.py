"""A fiscal year of the whole nation as events: the service units of 76 provinces, and 200,000 times help with people whose sealed
blocks open with the keys that come along. Drawn by a seed; nothing is stored here."""

import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID, uuid4

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from bench.people import citizen
from services.registry.domain import open_unit
from services.routing import domain as routing
from shared import sealing
from shared.buddhist_calendar import Month, fiscal_year_months
from shared.events.codes import Agency, AssistanceType, WorkerType
from shared.events.contract import Event
from shared.events.registry import ServiceUnitOpened
from shared.events.routing import AssistanceRecorded
from shared.ids import new_id
from shared.places import BANGKOK, PROVINCES, subdistricts_of
from shared.store.groups import Said

FISCAL_YEAR = 2568
COUNTRY = tuple(province for province in PROVINCES if province != BANGKOK)
UNITS_OF_A_PROVINCE = 7
ROWS_OF_A_UNIT = 30
"""In every month, on days that both forms count in the same month: sp12 of 30 rows."""
BOOK_MONTH, BOOK_ROWS = Month(2025, 5), 250
"""In that month every province has so many rows."""
LONG_PROVINCE, LONG_MONTH, LONG_ROWS = "24", Month(2025, 6), 1000
OTHER_AGENCY_ROWS = 6
"""Help by agencies in all other months of a province."""
UNNAMED = 4
"""Help after tip-offs that named nobody, in every month of a province: it is counted, and stands on no form."""

SEEN_BEFORE, MOVED = 0.15, 0.1
"""How many rows are of somebody who was helped before, and how many of those are from another province."""
IN_DATABASE = 0.6
OPENED_ON = date(2021, 5, 7)
PROJECTS = (
    "โครงการส่งเสริมอาชีพแรงงานนอกระบบ ประจำปี ๒๕๖๘",
    "โครงการขยายความคุ้มครองประกันสังคม มาตรา ๔๐ สู่แรงงานนอกระบบ",
    "โครงการฝึกอบรมอาชีพเสริมเพื่อเพิ่มรายได้ให้แก่ผู้สูงอายุในชุมชน",
    "โครงการจังหวัดเคลื่อนที่ บำบัดทุกข์ บำรุงสุข",
    "กิจกรรมรณรงค์ป้องกันและแก้ไขปัญหายาเสพติดในสถานประกอบกิจการ",
)


class Nation:
    """`people` are the references and data keys of all who were drawn so far."""

    def __init__(self, seed: int = FISCAL_YEAR) -> None:
        self._draw = random.Random(seed)
        self._seen: defaultdict[str, list[routing.Whom]] = defaultdict(list)
        self.people: list[tuple[UUID, bytes]] = []
        self.units = [self._open_unit(province) for province in COUNTRY for _ in range(UNITS_OF_A_PROVINCE)]

    def opened(self) -> list[Said]:
        at = datetime.combine(OPENED_ON, time(2), UTC)
        return [_first(unit, at) for unit in self.units]

    def helped(self, months: Sequence[Month]) -> Iterator[Said]:
        """Of these months, in the order in which it was recorded."""
        for month in months:
            said = [self._own(unit, month) for unit in self.units for _ in range(ROWS_OF_A_UNIT)]
            for province in COUNTRY:
                said += [self._by_agency(province, month, self._whom(province)) for _ in range(_agency_rows(province, month))]
                said += [self._by_agency(province, month, routing.NOBODY) for _ in range(UNNAMED)]
            yield from sorted(said, key=lambda one: one.at)

    def _open_unit(self, province: str) -> ServiceUnitOpened:
        area = self._draw.choice(subdistricts_of(province))
        (opened,) = open_unit(new_id(), name="หน่วยบริการชุมชนบ้านคลองนิยม", area_code=area, village_no=3, opened_on=OPENED_ON)
        assert isinstance(opened, ServiceUnitOpened)
        return opened

    def _own(self, unit: ServiceUnitOpened, month: Month) -> Said:
        at = self._moment(month)
        given = routing.Help(
            assistance_type=self._draw.choice((*AssistanceType,)),
            project_name=self._draw.choice(PROJECTS),
            service_date=at.date(),
            unit_id=unit.unit_id,
            whom=self._whom(unit.province),
            in_database=self._draw.random() < IN_DATABASE,
            roster_edition="2563",
        )
        (recorded,) = routing.record_own_assistance(unit, given, assistance_id=new_id(), at=at)
        return _first(recorded, at)

    def _by_agency(self, province: str, month: Month, whom: routing.Whom) -> Said:
        at = self._moment(month)
        recorded = AssistanceRecorded(
            assistance_id=new_id(),
            revision=1,
            case_id=new_id(),
            referral_id=uuid4(),
            agency=Agency.DOE,
            fiscal_year=FISCAL_YEAR,
            province=province,
            area_code=self._draw.choice(subdistricts_of(province)),
            person_ref=whom.person_ref,
            person=whom.person,
            worker_type=whom.worker_type,
            assistance_type=AssistanceType.PROMOTE,
            project_name=self._draw.choice(PROJECTS),
            service_date=at.date(),
            in_database=whom.person is not None and self._draw.random() < IN_DATABASE,
            roster_edition=None if whom.person is None else "2563",
            recorded_at=at,
        )
        return _first(recorded, at)

    def _moment(self, month: Month) -> datetime:
        """In office hours of the first 25 days."""
        minutes = self._draw.randrange(25) * 24 * 60 + self._draw.randrange(8 * 60)
        return datetime.combine(month.first_day, time(2), UTC) + timedelta(minutes=minutes)

    def _whom(self, province: str) -> routing.Whom:
        if self._draw.random() < SEEN_BEFORE:
            seen = self._seen[self._draw.choice(COUNTRY) if self._draw.random() < MOVED else province]
            if seen:
                return self._draw.choice(seen)
        person_ref, key = uuid4(), sealing.new_data_key()
        self.people.append((person_ref, key))
        sealed = sealing.seal(AESGCM(key), person_ref, citizen(self._draw))
        whom = routing.Whom(person_ref, sealed, self._draw.choice((*WorkerType,)), consent=True)
        self._seen[province].append(whom)
        return whom


def all_months() -> Sequence[Month]:
    return fiscal_year_months(FISCAL_YEAR)


def _agency_rows(province: str, month: Month) -> int:
    of_units = UNITS_OF_A_PROVINCE * ROWS_OF_A_UNIT
    if month == BOOK_MONTH:
        return BOOK_ROWS - of_units
    return LONG_ROWS - of_units if (province, month) == (LONG_PROVINCE, LONG_MONTH) else OTHER_AGENCY_ROWS


def _first(event: Event, at: datetime) -> Said:
    return Said(event.stream, 1, event, at)

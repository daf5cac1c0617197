"""Which centre a form names: the one that was known then, on the real PostgreSQL. Beside it help at mobile service units on the
forms."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from typing import Any

import pytest

from shared.events.contract import Event
from tests.reporting.given import an_id, helped, unit
from tests.reporting.given_network import CENTRE, CENTRE_NAME, centre, committee
from tests.reporting.running import OTHER_UNIT, UNIT, Reporting, empty_database, running
from tests.support.kafka_records import recorded
from tests.support.servers import PostgresServer

pytestmark = pytest.mark.integration

SP12: dict[str, Any] = {"unit_id": UNIT, "month": "2021-05"}
SNB2: dict[str, Any] = {"province": "24", "month": "2021-05"}
NAMED = {"centre_id": str(CENTRE), "name": CENTRE_NAME}
FIRST, SECOND = "2021-05-25T05:00:00Z", "2021-06-03T05:00:00Z"
BEFORE, BETWEEN = datetime(2021, 5, 20, tzinfo=UTC), datetime(2021, 6, 1, tzinfo=UTC)


@pytest.fixture
async def reporting(postgres: PostgresServer, vault_dsn: str) -> AsyncIterator[Reporting]:
    async with running(empty_database(postgres), vault_dsn) as found:
        yield found


async def told(reporting: Reporting, *events: Event, at: datetime = BEFORE, version: int = 1) -> None:
    await reporting.tell(*(recorded(event, at=at, version=version) for event in events))


async def test_a_form_names_the_centre_of_its_province(reporting: Reporting) -> None:
    await told(reporting, unit(UNIT), unit(OTHER_UNIT, province="20", area_code="200101"), centre())
    for path, given in (("/reports/sp12", SP12), ("/reports/snb2", SNB2)):
        assert (await reporting.get(path, **given))["centre"] == NAMED
    assert f"ของ{CENTRE_NAME} หน่วยบริการชุมชน" in (await reporting.get("/reports/sp12", **SP12))["title"]
    other = await reporting.get("/reports/sp12", **SP12 | {"unit_id": OTHER_UNIT})
    assert other["centre"] is None
    assert "ของศูนย์ประสานงานแรงงานนอกระบบจังหวัดชลบุรี (ภาคประชาชน)" in other["title"]


async def test_a_centre_that_is_established_later_changes_no_submission_before(reporting: Reporting) -> None:
    await told(reporting, unit(UNIT), helped(an_id(11), unit_id=UNIT))
    for path, given in (("/reports/sp12", SP12), ("/reports/snb2", SNB2)):
        await reporting.post(f"{path}/submit", now="2021-05-31T05:00:00Z", **given)
    asked = [
        f"/reports/{form}{suffix}&view={view}"
        for form in (f"sp12?unit_id={UNIT}", "snb2?province=24", f"sp12.csv?unit_id={UNIT}")
        for suffix, view in (("&month=2021-05", "submitted&revision=1"), ("&month=2021-05", "asof&at=2021-05-31T05:00:00Z"))
    ]
    before = [(await reporting.http.get(path)).content for path in asked]
    await told(reporting, centre(), helped(an_id(12), unit_id=UNIT), at=BETWEEN)
    assert [(await reporting.http.get(path)).content for path in asked] == before
    for path, given in (("/reports/sp12", SP12), ("/reports/snb2", SNB2)):
        await reporting.post(f"{path}/submit", now=SECOND, **given)
        assert [(await reporting.get(path, view="submitted", revision=number, **given))["centre"] for number in (1, 2)] == [
            None,
            NAMED,
        ]
        assert (await reporting.get(path, **given))["centre"] == NAMED
    assert [(await reporting.http.get(path)).content for path in asked] == before


async def test_a_committee_changes_no_form_and_a_centre_alone_is_nothing_to_submit(reporting: Reporting) -> None:
    await told(reporting, unit(UNIT), helped(an_id(11), unit_id=UNIT))
    first = await reporting.post("/reports/sp12/submit", now=FIRST, **SP12)
    await told(reporting, centre(), at=BETWEEN)
    named = await reporting.get("/reports/sp12", **SP12)
    assert named["hash"] == first["hash"]
    refused = await reporting.post("/reports/sp12/submit", now=SECOND, status=409, **SP12)
    assert refused["code"] == "nothing_changed"
    await told(reporting, committee(centre()), at=datetime(2021, 6, 2, tzinfo=UTC), version=2)
    after = await reporting.get("/reports/sp12", **SP12)
    assert after == named | {"as_of": after["as_of"]}


async def test_completeness_lists_the_units_of_a_centre(reporting: Reporting) -> None:
    await told(reporting, unit(UNIT, name="ข"), unit(OTHER_UNIT, name="ก"), unit(an_id(3), closed_on=date(2021, 5, 1)), centre())
    await reporting.post("/reports/sp12/submit", now=FIRST, **SP12)
    found = await reporting.get("/completeness", month="2021-05", province="24")
    (row,) = found["sp12"]["by_province"]
    assert row["centre"] == NAMED
    assert row["units"] == [
        {"unit_id": str(OTHER_UNIT), "name": "ก", "submitted": False, "on_time": None},
        {"unit_id": str(UNIT), "name": "ข", "submitted": True, "on_time": True},
    ]
    (elsewhere,) = (await reporting.get("/completeness", month="2021-05", province="20"))["sp12"]["by_province"]
    assert (elsewhere["centre"], elsewhere["units"]) == (None, [])


async def test_help_at_a_mobile_unit_stands_in_snb2_under_its_project_and_in_sp12_with_a_unit_alone(reporting: Reporting) -> None:
    at_mobile: dict[str, Any] = {"mobile_unit_id": an_id(6), "project_name": "หน่วยบริการเคลื่อนที่ตำบลพิมพา"}
    await told(reporting, unit(UNIT), helped(an_id(11), unit_id=None, **at_mobile), helped(an_id(12), unit_id=UNIT, **at_mobile))
    rows = (await reporting.get("/reports/snb2", **SNB2))["rows"]
    assert [(row["assistance_id"], row["project_name"]) for row in rows] == [
        (str(an_id(11)), at_mobile["project_name"]),
        (str(an_id(12)), at_mobile["project_name"]),
    ]
    assert [row["assistance_id"] for row in (await reporting.get("/reports/sp12", **SP12))["rows"]] == [str(an_id(12))]

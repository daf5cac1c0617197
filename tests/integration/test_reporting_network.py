"""The figures of the network and the places for mobile service units over HTTP on the real PostgreSQL, whatever came first."""

from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from typing import Any

import pytest

from services.reporting.app import DEFINITION
from shared.events.codes import Agency, Decision, NeedKind, ReferralStatus
from shared.events.routing import CaseReferred, ReferralClosed, ReferralDeclined
from tests.reporting.asking import OFFICER
from tests.reporting.given import (
    PROVINCES,
    Fate,
    World,
    an_id,
    helped,
    need,
    referral,
    screened,
    voided,
    volunteer,
    withdrawn,
)
from tests.reporting.given_network import (
    CENTRE,
    CENTRE_NAME,
    activity,
    cancelled,
    card,
    centre,
    mentor,
    mentored,
    mobile_unit,
    not_held,
    was_held,
)
from tests.reporting.running import Reporting, empty_database, running
from tests.support.kafka_records import recorded
from tests.support.servers import PostgresServer

pytestmark = pytest.mark.integration

NOW = "2021-06-30T05:00:00Z"
PLACE, NEXT_DOOR = "240409", "240401"
NETWORK: dict[str, Any] = {"province": "24", "fiscal_year": 2564}


@pytest.fixture
async def reporting(postgres: PostgresServer, vault_dsn: str) -> AsyncIterator[Reporting]:
    async with running(empty_database(postgres), vault_dsn) as found:
        yield found


async def suggested(reporting: Reporting, now: str = NOW, **query: Any) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = (await reporting.get("/mobile-units/suggestions", now=now, **{"province": "24"} | query))[
        "items"
    ]
    return items


async def test_the_page_counts_what_the_network_did_in_the_year(reporting: Reporting) -> None:
    busy, silent, new, gone, village = (an_id(number) for number in range(1, 6))
    of_year = activity(an_id(61), busy, silent, people_reached=40)
    void = activity(an_id(62), new)
    planned = [mobile_unit(an_id(70 + number), planned_on=date(2021, 4, 1)) for number in range(4)]
    await reporting.tell(
        recorded(volunteer(busy, appointed_on=date(2017, 10, 1))),
        recorded(volunteer(silent, area_code="240401")),
        recorded(volunteer(new, appointed_on=date(2021, 6, 1))),
        recorded(volunteer(gone, relieved_on=date(2021, 6, 1))),
        recorded(volunteer(village, level="village", area_code="240101", village_no=3)),
        recorded(volunteer(an_id(9), province="20", area_code="200101")),
        *(recorded(need(an_id(100 + number), volunteer_id=busy)) for number in range(3)),
        recorded(need(an_id(103), volunteer_id=busy, province="20", area_code="200101")),
        recorded(need(an_id(104), volunteer_id=busy, reported_at=datetime(2020, 9, 1, tzinfo=UTC))),
        recorded(need(an_id(105), volunteer_id=village, kind=NeedKind.TIPOFF_JOB_SCAM)),
        recorded(need(an_id(106), volunteer_id=silent, reported_at=datetime(2021, 2, 1, tzinfo=UTC))),
        recorded(withdrawn(need(an_id(106), volunteer_id=silent, reported_at=datetime(2021, 2, 1, tzinfo=UTC))), version=2),
        recorded(of_year),
        recorded(void),
        recorded(not_held(void), version=2),
        recorded(activity(an_id(63), new, held_on=date(2020, 9, 30))),
        recorded(activity(an_id(64), new, held_on=date(2021, 7, 1))),
        recorded(activity(an_id(65), new, province="20")),
        *(recorded(event) for event in planned),
        recorded(was_held(planned[0], satisfaction={"5": 2, "4": 1}), version=2),
        recorded(was_held(planned[1], people_served=12), version=2),
        recorded(cancelled(planned[2]), version=2),
        recorded(mobile_unit(an_id(80), planned_on=date(2020, 9, 30))),
        recorded(card(busy)),
        recorded(mentor(an_id(7))),
        recorded(mentored(busy, (an_id(7), date(2021, 3, 1)))),
        recorded(mentored(silent, (an_id(7), date(2021, 7, 1)))),
        recorded(centre()),
    )
    found = await reporting.get("/network", now=NOW, **NETWORK)
    assert (found["as_of"], found["province"], found["fiscal_year"]) == ("2021-06-30", "24", 2564)
    assert found["centre"] == {
        "centre_id": str(CENTRE), "name": CENTRE_NAME, "order_no": "292/2564", "established_on": "2021-01-29",
    }  # fmt: skip
    assert found["volunteers"] == {
        "total": 4,
        "by_level": {"village": 1, "subdistrict": 3, "municipality": 0, "district": 0},
        "by_tenure": {"under_1_year": 3, "1_to_3_years": 0, "over_3_years": 1},
    }
    assert found["coverage"]["subdistricts_covered"] == 2
    assert not {"2401", "2404"} & set(found["coverage"]["districts_without_any"])
    assert found["activities"]["by_kind"]["training"] == {"held": 1, "people_reached": 40, "attendances": 2}
    assert found["activities"]["volunteers_without_any"] == 2
    assert found["progress"] == {
        "target": 30,
        "volunteers": 3,
        "reported_total": 4,
        "quartiles": {"min": 0, "q1": 0, "median": 0, "q3": 2, "max": 4},
        "reached_target": 0,
    }
    assert found["quiet"] == {"days": 90, "volunteers": 1, "volunteer_ids": [str(silent)]}
    assert found["mentors"] == {"total": 1, "volunteers_without_any": 3}
    assert (found["cards"]["printed"], found["cards"]["without_any"]) == (1, 3)
    assert found["mobile_units"] == {
        "planned": 1,
        "held": 2,
        "cancelled": 1,
        "people_served": 42,
        "satisfaction_average": 4.67,
    }
    over = await reporting.get("/network", now="2023-01-01T00:00:00Z", **NETWORK)
    assert (over["as_of"], over["activities"]["by_kind"]["training"]["held"]) == ("2021-09-30", 2)


async def test_a_need_waits_until_somebody_is_helped_or_nobody_will_be(reporting: Reporting) -> None:
    waiting, referred, came_back, void_help = (need(an_id(number), person_ref=an_id(900 + number)) for number in range(1, 5))
    helped_one, closed, not_eligible, duplicate, taken_back = (need(an_id(number)) for number in range(5, 10))
    help_ = helped(an_id(31), void_help)
    await reporting.tell(
        *(recorded(one) for one in (waiting, referred, came_back, void_help, helped_one, closed, not_eligible, duplicate)),
        recorded(taken_back),
        recorded(withdrawn(taken_back), version=2),
        recorded(screened(referred)),
        recorded(referral(CaseReferred, referred, agency=Agency.SSO)),
        recorded(referral(ReferralDeclined, came_back, agency=Agency.SSO)),
        recorded(help_),
        recorded(voided(help_), version=2),
        recorded(helped(an_id(32), helped_one)),
        recorded(referral(ReferralClosed, closed)),
        recorded(screened(not_eligible, Decision.NOT_ELIGIBLE)),
        recorded(screened(duplicate, Decision.DUPLICATE)),
        recorded(need(an_id(20), kind=NeedKind.TIPOFF_JOB_SCAM)),
        recorded(need(an_id(21), province="20", area_code="200101")),
        recorded(need(an_id(22), reported_at=datetime(2020, 6, 29, tzinfo=UTC), area_code=NEXT_DOOR)),
    )
    (place,) = await suggested(reporting)
    assert (place["area_code"], place["open_needs"], place["expected_people"]) == (PLACE, 4, 4)
    assert place["agencies"] == [{"agency": "DOE", "needs": 3}, {"agency": "SSO", "needs": 1}]
    assert (place["by_kind"], place["oldest_open_days"]) == ({"job_domestic": 4}, 51)
    older = await suggested(reporting, **{"from": "2020-06-29"})
    assert [(one["area_code"], one["open_needs"]) for one in older] == [(PLACE, 4), (NEXT_DOOR, 1)]


def _open(fate: Fate) -> bool:
    """As a person would tell it."""
    return (
        not fate.reported.kind.tipoff
        and not fate.withdrawn
        and fate.decision not in (Decision.NOT_ELIGIBLE, Decision.DUPLICATE)
        and fate.referral is not ReferralStatus.CLOSED
        and not any(fate.helps.values())
    )


@pytest.mark.parametrize("order", [1, 2])
async def test_what_waits_is_what_a_person_would_tell_in_every_order_of_arrival(reporting: Reporting, order: int) -> None:
    world = World(3, 200)
    await reporting.tell(*world.arrivals(order), batch=15 * order)
    for province in PROVINCES:
        fates = [fate for fate in world.fates if _open(fate) and fate.reported.province == province]
        (place,) = await suggested(reporting, now="2021-12-31T05:00:00Z", province=province)
        kinds = Counter(fate.reported.kind for fate in fates)
        assert place["open_needs"] == len(fates) > 5
        assert place["by_kind"] == {kind.value: kinds[kind] for kind in kinds}
        assert place["expected_people"] == len({fate.reported.person_ref for fate in fates})
        oldest = min(fate.reported.reported_on for fate in fates)
        assert place["oldest_open_days"] == (date(2021, 12, 31) - oldest).days


async def test_units_that_were_held_and_are_planned_lower_their_place(reporting: Reporting) -> None:
    await reporting.tell(
        *(recorded(need(an_id(number), area_code=code)) for number, code in enumerate([PLACE] * 3 + [NEXT_DOOR] * 2, start=1))
    )
    assert [place["area_code"] for place in await suggested(reporting)] == [PLACE, NEXT_DOOR]
    held = mobile_unit(an_id(6), planned_on=date(2021, 6, 20))
    other = mobile_unit(an_id(7), planned_on=date(2021, 1, 20))
    await reporting.tell(
        recorded(held), recorded(was_held(held), version=2), recorded(other), recorded(was_held(other), version=2)
    )
    first, second = await suggested(reporting)
    assert (first["area_code"], first["days_since_last_unit"]) == (NEXT_DOOR, None)
    assert (second["days_since_last_unit"], second["reasons"][-1]["code"]) == (10, "unit_held")
    later, soon = mobile_unit(an_id(8), area_code=NEXT_DOOR, planned_on=date(2021, 8, 1)), date(2021, 7, 1)
    stale = mobile_unit(an_id(9), area_code=NEXT_DOOR, planned_on=date(2021, 5, 30))
    await reporting.tell(recorded(later), recorded(mobile_unit(an_id(5), area_code=NEXT_DOOR, planned_on=soon)), recorded(stale))
    first, second = await suggested(reporting)
    assert (first["area_code"], second["planned_unit"]) == (PLACE, {"mobile_unit_id": str(an_id(5)), "planned_on": "2021-07-01"})


async def test_the_list_goes_on_where_a_page_ended(reporting: Reporting) -> None:
    codes = ["240401", "240402", "240403", "240404", "240405"]
    await reporting.tell(*(recorded(need(an_id(number), area_code=code)) for number, code in enumerate(codes, start=1)))
    found: list[str] = []
    cursor: dict[str, Any] = {}
    for _ in range(3):
        page = await reporting.get("/mobile-units/suggestions", province="24", limit=2, **cursor)
        found += [place["area_code"] for place in page["items"]]
        cursor = {"cursor": page["next_cursor"]}
    assert (found, cursor) == (codes, {"cursor": None})
    assert (page["from"], page["as_of"]) == ("2020-06-30", "2021-06-30")


async def test_a_province_officer_is_told_of_his_provinces_needs_and_of_all_that_his_volunteers_report(
    reporting: Reporting,
) -> None:
    await reporting.tell(
        recorded(volunteer(an_id(1))),
        recorded(need(an_id(2), volunteer_id=an_id(1))),
        recorded(need(an_id(3), volunteer_id=an_id(1), province="20", area_code="200101")),
    )
    headers = {**OFFICER, "Songtor-Now": NOW}
    own = (await reporting.http.get("/network", params=NETWORK, headers=headers)).json()
    assert own["progress"]["reported_total"] == 2
    assert own == await reporting.get("/network", now=NOW, **NETWORK)
    answer = await reporting.http.get("/mobile-units/suggestions", params={"province": "24"}, headers=headers)
    assert [place["area_code"] for place in answer.json()["items"]] == [PLACE]


@pytest.mark.parametrize(
    ("path", "query", "fault"),
    [
        ("/network", {"fiscal_year": "2564"}, ("/province", "required")),
        ("/network", {"province": "24"}, ("/fiscal_year", "required")),
        ("/network", {"province": "24", "fiscal_year": "2021"}, ("/query/fiscal_year", "invalid")),
        ("/network", {"province": "99", "fiscal_year": "2564"}, ("/query/province", "unknown_place")),
        ("/mobile-units/suggestions", {}, ("/province", "required")),
        ("/mobile-units/suggestions", {"province": "2404"}, ("/query/province", "unknown_place")),
        ("/mobile-units/suggestions", {"province": "24", "from": "2021-13-01"}, ("/from", "invalid")),
        ("/mobile-units/suggestions", {"province": "24", "from": "20210501"}, ("/from", "invalid")),
        ("/mobile-units/suggestions", {"province": "24", "from": "2021-07-01"}, ("/query/from", "in_future")),
        ("/mobile-units/suggestions", {"province": "24", "limit": "0"}, ("/limit", "invalid")),
        ("/mobile-units/suggestions", {"province": "24", "cursor": "WzEsMl0"}, ("/query/cursor", "invalid")),
    ],
)
async def test_a_bad_question_is_refused_with_what_is_wrong(
    reporting: Reporting, path: str, query: dict[str, str], fault: tuple[str, str]
) -> None:
    (error,) = (await reporting.get(path, status=422, now=NOW, **query))["errors"]
    assert (error["pointer"].endswith(fault[0]), error["code"]) == (True, fault[1])


def test_reporting_hears_all_that_is_said_of_the_network() -> None:
    topics = {"registry.cards", "registry.centres", "registry.mentors", "registry.activities", "registry.mobile-units"}
    assert topics <= set(DEFINITION.hears)

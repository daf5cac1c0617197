"""Totals, funnel and progress over HTTP on the real PostgreSQL, in every order in which events may arrive."""

from collections.abc import AsyncIterator
from datetime import date, timedelta

import pytest

from shared.events.codes import AssistanceType, Level, NeedKind, WorkerType
from shared.events.registry import VolunteerTermRenewed
from shared.places import PROVINCES
from tests.reporting.given import Fate, World, an_id, helped, voided, volunteer
from tests.reporting.running import Reporting, empty_database, running
from tests.support.kafka_records import recorded
from tests.support.servers import PostgresServer

pytestmark = pytest.mark.integration


@pytest.fixture
async def reporting(postgres: PostgresServer, vault_dsn: str) -> AsyncIterator[Reporting]:
    async with running(empty_database(postgres), vault_dsn) as found:
        yield found


async def test_totals_count_help_and_people_with_all_codes_and_provinces(reporting: Reporting) -> None:
    helps = [
        helped(an_id(11), service_date=date(2021, 5, 1)),
        helped(an_id(12), service_date=date(2021, 5, 31), assistance_type=AssistanceType.PROTECT, in_database=False),
        helped(an_id(13), province="20", worker_type=WorkerType.ELDERLY),
        helped(an_id(14), province="20", person_ref=an_id(99), worker_type=WorkerType.DISABLED),
        helped(an_id(15), person_ref=None, worker_type=None, assistance_type=AssistanceType.DEVELOP),
        helped(an_id(16), service_date=date(2021, 6, 1), person_ref=an_id(98)),
    ]
    gone = helped(an_id(17), person_ref=an_id(97))
    await reporting.tell(*map(recorded, helps), recorded(gone), recorded(voided(gone), version=2))
    found = await reporting.get("/totals", month="2021-05")
    assert found["period"] == "2021-05"
    assert [entry["province"] for entry in found["by_province"]] == list(PROVINCES)
    by_province = {entry.pop("province"): entry for entry in found["by_province"]}
    nothing = {
        "persons": 0,
        "assistances": 0,
        "by_assistance_type": {"promote": 0, "protect": 0, "develop": 0, "drug_prevention": 0},
        "by_worker_type": {"informal": 0, "elderly": 0, "disabled": 0},
        "in_database": 0,
        "not_in_database": 0,
    }
    assert all(total == nothing for province, total in by_province.items() if province not in ("20", "24"))
    assert by_province["24"] == {
        "persons": 1,
        "assistances": 3,
        "by_assistance_type": {"promote": 1, "protect": 1, "develop": 1, "drug_prevention": 0},
        "by_worker_type": {"informal": 2, "elderly": 0, "disabled": 0},
        "in_database": 1,
        "not_in_database": 1,
    }
    assert by_province["20"]["persons"] == 2
    assert found["national"] == {
        "persons": 2,
        "assistances": 5,
        "by_assistance_type": {"promote": 3, "protect": 1, "develop": 1, "drug_prevention": 0},
        "by_worker_type": {"informal": 2, "elderly": 1, "disabled": 1},
        "in_database": 3,
        "not_in_database": 1,
    }
    one = await reporting.get("/totals", month="2021-05", province="20")
    assert one["by_province"] == [{"province": "20", **by_province["20"]}]
    assert one["national"] == found["national"]
    year = await reporting.get("/totals", fiscal_year=2564)
    assert (year["period"], year["national"]["assistances"], year["national"]["persons"]) == ("2564", 6, 3)
    assert (await reporting.get("/totals", fiscal_year=2563))["national"] == nothing


def _expected(fates: list[Fate], fiscal_year: int, province: str | None = None) -> dict[str, int]:
    counted = [
        fate.counts
        for fate in fates
        if fate.counted and fate.reported.fiscal_year == fiscal_year and province in (None, fate.reported.province)
    ]
    return {name: sum(counts[name] for counts in counted) for name in ("reported", "screened", "eligible", "referred", "helped")}


@pytest.mark.parametrize("order", [1, 2, 3])
async def test_the_funnel_is_what_a_person_would_tell_in_every_order_of_arrival(reporting: Reporting, order: int) -> None:
    world = World(1, 200)
    await reporting.tell(*world.arrivals(order), batch=10 * order)
    for year in (2564, 2565):
        found = await reporting.get("/funnel", fiscal_year=year)
        national = _expected(world.fates, year)
        assert national["reported"] > national["screened"] > national["eligible"] > national["helped"] > 0
        assert found["national"] == found["national"] | national
        assert [entry["province"] for entry in found["by_province"]] == list(PROVINCES)
        for entry in found["by_province"]:
            assert entry == entry | _expected(world.fates, year, entry["province"])
    (one,) = (await reporting.get("/funnel", fiscal_year=2564, province="24"))["by_province"]
    assert one == one | _expected(world.fates, 2564, "24")


async def test_a_volunteers_progress_counts_as_the_funnel_does(reporting: Reporting) -> None:
    world = World(7, 200)
    ids = [an_id(9_000_000 + number) for number in range(3)]
    await reporting.tell(*world.arrivals(3), *(recorded(volunteer(id_)) for id_ in ids))
    for id_ in ids:
        own = [fate for fate in world.fates if fate.reported.volunteer_id == id_]
        found = await reporting.get(f"/volunteers/{id_}/progress", fiscal_year=2564)
        expected = _expected(own, 2564)
        del expected["eligible"]
        assert found == {"volunteer_id": str(id_), "target": 30, "by_kind": found["by_kind"], **expected}
        kinds = [fate.reported.kind for fate in own if fate.counted and fate.reported.fiscal_year == 2564]
        assert found["by_kind"] == {kind.value: kinds.count(kind) for kind in NeedKind if not kind.tipoff}


async def test_volunteers_in_service_on_the_last_day_of_the_year_set_the_targets(reporting: Reporting) -> None:
    last = date(2021, 9, 30)
    renewed = volunteer(an_id(8), term_starts_on=date(2017, 10, 1), term_ends_on=date(2020, 9, 30))
    after_a_gap = {"term_starts_on": date(2022, 1, 1), "term_ends_on": date(2024, 12, 31), "renewed_on": date(2022, 1, 1)}
    early = volunteer(an_id(9))
    ahead = {"term_starts_on": date(2023, 10, 1), "term_ends_on": date(2026, 9, 30), "renewed_on": date(2021, 8, 1)}
    await reporting.tell(
        recorded(volunteer(an_id(1))),
        recorded(volunteer(an_id(2), term_ends_on=last)),
        recorded(volunteer(an_id(3), term_ends_on=last - timedelta(days=1))),
        recorded(volunteer(an_id(4), term_starts_on=last + timedelta(days=1))),
        recorded(volunteer(an_id(5), relieved_on=last)),
        recorded(volunteer(an_id(6), relieved_on=last + timedelta(days=1))),
        recorded(volunteer(an_id(7), level=Level.VILLAGE)),
        recorded(renewed),
        recorded(VolunteerTermRenewed.model_validate(renewed.model_dump() | after_a_gap), version=2),
        recorded(early),
        recorded(VolunteerTermRenewed.model_validate(early.model_dump() | ahead), version=2),
        recorded(volunteer(an_id(10), province="20")),
    )
    found = await reporting.get("/funnel", fiscal_year=2564, now="2022-06-01T00:00:00Z")
    by_province = {entry["province"]: entry for entry in found["by_province"]}
    assert by_province["24"]["volunteers"] == 4
    assert {name: by_province["24"][name] for name in ("target_reported", "target_referred", "target_helped")} == {
        "target_reported": 120,
        "target_referred": 36,
        "target_helped": 10,
    }
    assert (found["national"]["volunteers"], found["national"]["target_helped"]) == (5, 13)
    before_the_end = await reporting.get("/funnel", fiscal_year=2564, now="2021-09-28T17:00:00Z")
    assert before_the_end["national"]["volunteers"] == 7

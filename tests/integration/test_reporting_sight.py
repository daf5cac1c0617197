"""What of forms, figures and summaries a caller is shown: his own part, names for those who may see them, and no way round it; on
the real PostgreSQL."""

import csv
import io
import zipfile
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date
from typing import Any

import psycopg
import pytest

from services.reporting import form_views, tipoff_views, views
from services.reporting.forms import Snb2
from services.reporting.tipoffs import KINDS
from shared.buddhist_calendar import Month
from shared.events.codes import Agency
from shared.vault import Vault
from tests.reporting.asking import (
    FAR_HELP,
    FAR_VOLUNTEER,
    HELP,
    MAY,
    OFFICER,
    SUDA,
    UNIT_NEXT_DOOR,
    WHO,
    YEAR,
    Ask,
    asked,
    told,
    two_provinces,
)
from tests.reporting.given import corrected, helped, unit
from tests.reporting.running import OTHER_UNIT, SOMJAI, UNIT, Reporting, empty_database, help_for, running, vault_of
from tests.support.callers import caller
from tests.support.kafka_records import recorded
from tests.support.servers import PostgresServer

pytestmark = pytest.mark.integration


@pytest.fixture
async def vault(vault_dsn: str) -> AsyncIterator[Vault]:
    async with vault_of(vault_dsn) as opened:
        yield opened


@pytest.fixture
async def reporting(postgres: PostgresServer, vault_dsn: str, vault: Vault) -> AsyncIterator[Reporting]:
    async with two_provinces(postgres, vault_dsn, vault) as found:
        yield found


async def test_figures_have_the_callers_provinces_and_the_whole_nation(reporting: Reporting) -> None:
    for path, query in (("/totals", MAY), ("/totals", YEAR), ("/funnel", YEAR)):
        own, all_ = await told(reporting, "province_officer", path, **query), await told(reporting, "ministry", path, **query)
        assert [row["province"] for row in own["by_province"]] == ["24"]
        assert own["by_province"] == [row for row in all_["by_province"] if row["province"] == "24"]
        assert len(all_["by_province"]) == 77
        assert own["national"] == all_["national"]
    assert (await told(reporting, "province_officer", "/totals", **MAY))["national"]["persons"] == 2


async def test_completeness_counts_the_nation_and_names_the_missing_of_the_callers_provinces(reporting: Reporting) -> None:
    own, all_ = [await told(reporting, who, "/completeness", **MAY) for who in ("province_officer", "ministry")]
    for form in ("sp12", "snb2"):
        assert [row["province"] for row in own[form]["by_province"]] == ["24"]
        counts = [{name: n for name, n in found[form]["national"].items() if name != "missing"} for found in (own, all_)]
        assert counts[0] == counts[1]
    assert own["sp12"]["national"]["missing"] == sorted(map(str, (UNIT, UNIT_NEXT_DOOR)))
    assert own["snb2"]["missing"] == own["snb2"]["national"]["missing"] == ["24"]
    assert str(OTHER_UNIT) in all_["sp12"]["national"]["missing"]
    table = await asked(reporting, Ask("GET /completeness.csv", "", query=MAY), OFFICER)
    assert str(OTHER_UNIT) not in table.text


@pytest.mark.parametrize(("who", "report"), [("doe", "doe"), ("dlpw", "dlpw"), ("province_officer", "doe")])
async def test_tip_offs_are_those_of_the_callers_provinces_and_do_not_call_themselves_the_nations(
    reporting: Reporting, who: str, report: str
) -> None:
    own = await told(reporting, who, f"/reports/{report}-tipoffs", **MAY)
    assert [(row["province"], row["total"]) for row in own["rows"]] == [("24", 1)]
    assert (own["sum"]["total"], own["province"]) == (1, "24")
    assert "จังหวัดฉะเชิงเทรา" in own["title"]
    all_ = await told(reporting, "ministry", f"/reports/{report}-tipoffs", **MAY)
    assert [row["province"] for row in all_["rows"]] == ["20", "24"]
    assert "ทั่วประเทศ" in all_["title"]


async def test_an_officer_of_two_provinces_sees_the_tip_offs_of_both(reporting: Reporting) -> None:
    headers = caller("agency_officer", provinces=["24", "20", "10"], agency="DOE")
    answer = await asked(reporting, Ask("GET /reports/doe-tipoffs", "", query=MAY), headers)
    found = answer.json()
    assert ([row["province"] for row in found["rows"]], found["province"]) == (["20", "24"], None)
    assert "ทั่วประเทศ" not in found["title"]


async def test_the_book_holds_the_callers_provinces(reporting: Reporting) -> None:
    answer = await asked(reporting, Ask("GET /reports/snb2-book", "", query=MAY | {"format": "csv"}), OFFICER)
    with zipfile.ZipFile(io.BytesIO(answer.content)) as book:
        assert book.namelist() == ["snb2-24-2021-05.csv", "contents.csv"]
        listed = list(csv.DictReader(io.StringIO(book.read("contents.csv").decode("utf-8-sig"))))
        assert "สมใจ" in book.read("snb2-24-2021-05.csv").decode()
    assert [row["province"] for row in listed] == ["24"]


async def test_the_ministry_sees_forms_with_names_and_every_look_is_in_the_trail(reporting: Reporting) -> None:
    found = await told(reporting, "ministry", "/reports/snb2", province="20", **MAY)
    assert [(row["name"], row["citizen_id"]) for row in found["rows"]] == [("นางสุดา ใจงาม", SUDA["citizen_id"])]
    await asked(reporting, Ask("GET /reports/sp12.csv", "", query=MAY | {"unit_id": UNIT}), WHO["unit_clerk"])
    trail = (await told(reporting, "auditor", "/audit"))["items"]
    looks = [(entry["action"], entry["roles"], entry["details"]) for entry in trail if entry["action"].endswith(".read")]
    shown = {"period": "2021-05", "view": "live", "revision": 0, "rows": 1}
    assert looks[:2] == [
        ("sp12.read", ["unit_clerk"], {"form": "sp12", "province": "24", "unit_id": str(UNIT), **shown}),
        ("snb2.read", ["ministry"], {"form": "snb2", "province": "20", **shown}),
    ]
    assert SUDA["citizen_id"] not in str(trail)


async def test_a_record_is_in_the_trail_with_the_person(reporting: Reporting, vault: Vault) -> None:
    somjai = await vault.find("thai", SOMJAI["citizen_id"])
    found = await told(reporting, "admin", f"/people/{somjai}/record")
    assert found["person"] == SOMJAI
    (entry,) = (await told(reporting, "auditor", "/audit", person_ref=somjai))["items"]
    assert (entry["action"], entry["roles"], entry["outcome"]) == ("people.record", ["admin"], "ok")


@pytest.mark.parametrize("away", [False, True])
async def test_without_the_right_to_people_there_are_no_names_and_nothing_is_opened(
    postgres: PostgresServer, vault_dsn: str, away: bool
) -> None:
    nobody = psycopg.conninfo.make_conninfo(vault_dsn, port=9) if away else vault_dsn
    asks: dict[str, dict[str, Any]] = {"/reports/sp12": MAY | {"unit_id": UNIT}, "/reports/snb2": MAY | {"province": "24"}}
    async with running(empty_database(postgres), nobody) as reporting:
        await reporting.tell(recorded(unit(UNIT)), recorded(helped(HELP, unit_id=UNIT)))
        before = await asked(reporting, Ask("GET /reports/sp12", "", query=asks["/reports/sp12"]), OFFICER)
        assert before.status_code == (503 if away else 200)
        for path, query in asks.items():
            for route in (path, path + ".{suffix}"):
                rules = reporting.state.rules.by_route
                rules[f"GET {route}"] = replace(rules[f"GET {route}"], people=frozenset())
            (row,) = (await told(reporting, "province_officer", path, **query))["rows"]
            assert (row["name"], row["citizen_id"], row["project_name"]) == (None, None, "ส่งเสริมอาชีพ")
            table = await asked(reporting, Ask(f"GET {path}.csv", "", query=query), OFFICER)
            (line,) = csv.DictReader(io.StringIO(table.content.decode("utf-8-sig")))
            assert (line["name"], line["citizen_id"], line["assistance_id"]) == ("", "", str(HELP))
        rules["GET /people/{person_ref}/record"] = replace(rules["GET /people/{person_ref}/record"], people=frozenset())
        person_ref = helped(HELP).person_ref
        found = await told(reporting, "admin", f"/people/{person_ref}/record")
        assert (found["person"], [event["personal"]["person"] for event in found["events"]]) == (None, [None])


async def test_a_clerk_and_an_officer_submit_one_and_the_same_form(reporting: Reporting, vault: Vault) -> None:
    """Also where the unit helped in the province next door, which neither of them may look into."""
    across = await help_for(vault, 13, SUDA, province="20", area_code="200101")
    await reporting.tell(recorded(across))
    ask = Ask("GET /reports/sp12", "", query=MAY | {"unit_id": UNIT})
    shown = [(await asked(reporting, ask, WHO[who])).json() for who in ("unit_clerk", "province_officer", "ministry")]
    assert [len(found["rows"]) for found in shown] == [2, 2, 2]
    assert len({found["hash"] for found in shown}) == 1
    submit = Ask("POST /reports/sp12/submit", "", body=MAY | {"unit_id": str(UNIT)})
    first = await asked(reporting, submit, WHO["unit_clerk"])
    assert (first.status_code, first.json()["rows"], first.json()["hash"]) == (201, 2, shown[0]["hash"])
    again = await asked(reporting, submit, OFFICER)
    assert (again.status_code, again.json()["code"]) == (409, "nothing_changed")
    await reporting.tell(recorded(corrected(across, project_name="อีกโครงการ"), version=2))
    calendar = await told(reporting, "province_officer", "/reports/calendar", province="24", **MAY)
    assert {item["unit_id"]: item["rows_waiting"] for item in calendar["items"]}[str(UNIT)] == 1
    assert (await asked(reporting, submit, OFFICER)).json()["revision"] == 2
    revisions = (await told(reporting, "unit_clerk", "/reports/sp12/revisions", unit_id=UNIT, **MAY))["items"]
    assert [item["assistance_id"] for item in revisions[1]["changed"]] == [str(across.assistance_id)]


async def test_postgresql_shows_no_foreign_row_where_a_filter_is_forgotten(reporting: Reporting) -> None:
    await told(reporting, "ministry", "/totals", **MAY)
    async with await psycopg.AsyncConnection.connect(reporting.database.app) as connection:
        await connection.execute("SELECT set_config('songtor.provinces', '24', true)")
        assert await form_views.unit(connection, OTHER_UNIT) is None
        assert (await form_views.live(connection, Snb2("20", Month(2021, 5)))).lines == []
        assert await views.help_of(connection, FAR_HELP) is None
        assert await views.province_of_volunteer(connection, FAR_VOLUNTEER) is None
        days = {"first_day": date(2021, 5, 1), "last_day": date(2021, 5, 31)}
        counts = await tipoff_views.tipoffs(connection, KINDS[Agency.DOE], provinces=None, **days)
        assert [count.district[:2] for count in counts] == ["24"]
        assert set((await views.helped(connection, **days)).persons) == {"24", None}

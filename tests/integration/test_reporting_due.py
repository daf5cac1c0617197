"""Completeness and the to-do list over HTTP on the real PostgreSQL: who was to report as it was known on the due day, whatever
is learned later."""

import random
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from shared.buddhist_calendar import Month
from shared.places import PROVINCES
from shared.store import Recorded
from tests.reporting.given import an_id, corrected, helped, unit, voided
from tests.reporting.running import Reporting, empty_database, running
from tests.support.kafka_records import recorded
from tests.support.servers import PostgresServer

pytestmark = pytest.mark.integration

BEFORE = datetime(2021, 5, 7, 3, 0, tzinfo=UTC)
DUE_NOON, DUE_END = "2021-05-25T05:00:00Z", datetime(2021, 5, 25, 17, 0, tzinfo=UTC)
AFTER = DUE_END + timedelta(days=5)


@pytest.fixture
async def reporting(postgres: PostgresServer, vault_dsn: str) -> AsyncIterator[Reporting]:
    async with running(empty_database(postgres), vault_dsn) as found:
        yield found


async def submitted(reporting: Reporting, form: str, now: str, *, status: int = 201, **body: Any) -> Any:
    answer = await reporting.http.post(f"/reports/{form}/submit", json=body, headers={"Songtor-Now": now})
    assert answer.status_code == status, answer.text
    return answer.json()


def of_24(found: dict[str, Any]) -> dict[str, Any]:
    (row,) = [row for row in found["by_province"] if row["province"] == "24"]
    return {name: row[name] for name in ("expected", "submitted", "on_time", "missing")}


async def test_a_month_counts_the_units_that_were_open_on_the_due_day(reporting: Reporting) -> None:
    on_time, late, silent, closed, closing, opening = (an_id(number) for number in range(1, 7))
    facts = [
        unit(on_time), unit(late), unit(silent),
        unit(opening, opened_on=date(2021, 5, 25)), unit(an_id(7), opened_on=date(2021, 5, 26)),
    ]  # fmt: skip
    await reporting.tell(*(recorded(event, at=BEFORE) for event in facts))
    for unit_id, closed_on in ((closed, date(2021, 5, 25)), (closing, date(2021, 5, 26))):
        await reporting.tell(
            recorded(unit(unit_id), at=BEFORE), recorded(unit(unit_id, closed_on=closed_on), at=BEFORE, version=2)
        )
    await submitted(reporting, "sp12", DUE_NOON, unit_id=str(on_time), month="2021-05")
    await submitted(reporting, "sp12", DUE_NOON, unit_id=str(closed), month="2021-05")
    await submitted(reporting, "sp12", "2021-05-25T17:00:00Z", unit_id=str(late), month="2021-05")
    await submitted(reporting, "snb2", "2021-06-05T16:59:59Z", province="24", month="2021-05")
    await submitted(reporting, "snb2", "2021-06-05T16:59:59Z", province="10", month="2021-05")
    found = await reporting.get("/completeness", month="2021-05")
    assert of_24(found["sp12"]) == {
        "expected": 5,
        "submitted": 2,
        "on_time": 1,
        "missing": sorted(map(str, (silent, closing, opening))),
    }
    assert found["sp12"]["national"]["expected"] == 5
    assert [row["province"] for row in found["sp12"]["by_province"]] == list(PROVINCES)
    assert of_24(found["snb2"]) == {"expected": 1, "submitted": 1, "on_time": 1, "missing": []}
    assert found["snb2"]["missing"] == [province for province in PROVINCES if province not in ("10", "24")]
    assert (found["snb2"]["national"]["expected"], found["snb2"]["national"]["submitted"]) == (76, 1)


async def test_what_is_learned_after_the_due_day_moves_no_denominator(reporting: Reporting) -> None:
    kept, back_dated, closed_late = an_id(1), an_id(2), an_id(3)
    await reporting.tell(*(recorded(unit(unit_id), at=BEFORE) for unit_id in (kept, closed_late)))
    await submitted(reporting, "sp12", DUE_NOON, unit_id=str(kept), month="2021-05")
    before = await reporting.get("/completeness", month="2021-05", now=AFTER.isoformat())
    await reporting.tell(
        recorded(unit(back_dated), at=DUE_END),
        recorded(unit(closed_late, closed_on=date(2021, 5, 10)), at=DUE_END, version=2),
    )
    assert await reporting.get("/completeness", month="2021-05", now=AFTER.isoformat()) == before
    assert of_24(before["sp12"]) == {"expected": 2, "submitted": 1, "on_time": 1, "missing": [str(closed_late)]}
    following = await reporting.get("/completeness", month="2021-06", now="2021-06-30T05:00:00Z")
    assert of_24(following["sp12"])["missing"] == sorted(map(str, (kept, back_dated)))


async def test_before_the_due_day_is_over_units_count_as_known_now(reporting: Reporting) -> None:
    await reporting.tell(recorded(unit(an_id(1)), at=BEFORE))
    await reporting.tell(recorded(unit(an_id(2)), at=datetime(2021, 5, 20, 3, 0, tzinfo=UTC)))
    for now, expected in (("2021-05-08T00:00:00Z", 1), ("2021-05-20T03:00:00Z", 2), (DUE_NOON, 2)):
        assert of_24((await reporting.get("/completeness", month="2021-05", now=now))["sp12"])["expected"] == expected
    far = Month.of(datetime.now(UTC)).plus(3)
    answer = await reporting.http.get("/completeness", params={"month": str(far)})
    assert of_24(answer.json()["sp12"])["expected"] == 2


class History:
    """Units that open and close at random, each of which is heard of at random, too: often long after."""

    def __init__(self, seed: int) -> None:
        self._draw = random.Random(seed)
        self.records: list[Recorded] = []
        self.units = [self._unit(an_id(number)) for number in range(1, 41)]
        self.records.sort(key=lambda record: record.recorded_at)

    def _day(self) -> date:
        return date(2021, 1, 1) + timedelta(days=self._draw.randrange(300))

    def _unit(self, unit_id: UUID) -> tuple[UUID, date, datetime, date | None, datetime | None]:
        opened_on, heard = self._day(), self._heard()
        self.records.append(recorded(unit(unit_id, opened_on=opened_on), at=heard))
        if self._draw.random() < 0.4:
            return unit_id, opened_on, heard, None, None
        closed_on, later = max(self._day(), opened_on), max(self._heard(), heard + timedelta(microseconds=1))
        self.records.append(recorded(unit(unit_id, opened_on=opened_on, closed_on=closed_on), at=later, version=2))
        return unit_id, opened_on, heard, closed_on, later

    def _heard(self) -> datetime:
        """Sometimes in the first or last instant of a day in Bangkok."""
        at = datetime.combine(self._day(), datetime.min.time(), UTC) - timedelta(hours=7)
        return at + timedelta(microseconds=self._draw.choice([0, -1, self._draw.randrange(86_400_000_000)]))

    def expected(self, due_on: date) -> set[str]:
        """Told as a person would."""
        midnight = datetime.combine(due_on + timedelta(days=1), datetime.min.time(), UTC) - timedelta(hours=7)
        return {
            str(unit_id)
            for unit_id, opened_on, heard, closed_on, closing_heard in self.units
            if heard < midnight and opened_on <= due_on
            and not (closed_on is not None and closing_heard is not None and closing_heard < midnight and closed_on <= due_on)
        }  # fmt: skip


@pytest.mark.parametrize("seed", range(6))
async def test_a_past_denominator_stays_whatever_history_follows(reporting: Reporting, seed: int) -> None:
    history = History(seed)
    past: dict[Month, Any] = {}
    waiting = list(history.records)
    for month in (Month(2021, number) for number in range(1, 13)):
        due_on = month.first_day.replace(day=25)
        now = datetime.combine(due_on, datetime.min.time(), UTC) + timedelta(hours=17)
        batch = [record for record in waiting if record.recorded_at < now]
        waiting = waiting[len(batch) :]
        await reporting.tell(*batch)
        past[month] = await reporting.get("/completeness", month=str(month), now=now.isoformat(), province="24")
        assert set(past[month]["sp12"]["national"]["missing"]) == history.expected(due_on)
        for earlier, answer in past.items():
            again = await reporting.get("/completeness", month=str(earlier), now=now.isoformat(), province="24")
            assert again["sp12"] == answer["sp12"]
    assert any(answer["sp12"]["national"]["expected"] for answer in past.values())


async def test_completeness_is_a_table_as_well(reporting: Reporting) -> None:
    await reporting.tell(recorded(unit(an_id(1)), at=BEFORE))
    answer = await reporting.http.get("/completeness.csv", params={"month": "2021-05"}, headers={"Songtor-Now": DUE_NOON})
    lines = answer.content.decode("utf-8-sig").splitlines()
    assert lines[0] == "form,province,due_on,expected,submitted,on_time,submitted_percent,on_time_percent,missing,centre"
    assert f"sp12,24,2021-05-25,1,0,0,0,0,{an_id(1)}," in lines
    assert len(lines) == 1 + 2 * (len(PROVINCES) + 1)


async def test_the_list_says_what_is_due_and_what_waits(reporting: Reporting) -> None:
    tidy, busy, closed, other = an_id(1), an_id(2), an_id(3), an_id(4)
    await reporting.tell(
        recorded(unit(tidy, name="ก"), at=BEFORE),
        recorded(unit(busy, name="ข"), at=BEFORE),
        recorded(unit(closed, name="ค"), at=BEFORE),
        recorded(unit(closed, name="ค", closed_on=date(2021, 5, 12)), at=BEFORE, version=2),
        recorded(unit(other, province="20"), at=BEFORE),
    )
    kept = helped(an_id(11), unit_id=tidy)
    await reporting.tell(recorded(kept), recorded(helped(an_id(12), unit_id=busy)), recorded(helped(an_id(13), unit_id=closed)))
    await submitted(reporting, "sp12", DUE_NOON, unit_id=str(tidy), month="2021-05")
    found = await reporting.get("/reports/calendar", province="24", month="2021-05", now=DUE_NOON)
    assert [(i["form"], i["name"], i["expected"], i["state"], i["on_time"], i["rows_waiting"]) for i in found["items"]] == [
        ("sp12", "ก", True, "submitted", True, 0),
        ("sp12", "ข", True, "due", None, 1),
        ("sp12", "ค", False, "due", None, 1),
        ("snb2", "จังหวัดฉะเชิงเทรา", True, "not_due", None, 3),
        ("snb1", "จังหวัดฉะเชิงเทรา", True, "not_due", None, 0),
    ]
    later = await reporting.get("/reports/calendar", province="24", month="2021-05", now="2021-06-06T05:00:00Z")
    assert [item["state"] for item in later["items"]] == ["submitted", "overdue", "overdue", "overdue", "overdue"]
    assert [item["on_time"] for item in later["items"]] == [True, False, False, False, False]


async def test_rows_wait_that_are_new_changed_or_gone_since_the_last_submission(reporting: Reporting) -> None:
    await reporting.tell(recorded(unit(an_id(1)), at=BEFORE))
    gone, changed, same, stays = (helped(an_id(number), unit_id=an_id(1)) for number in range(11, 15))
    await reporting.tell(*(recorded(one) for one in (gone, changed, same, stays)))
    await submitted(reporting, "sp12", DUE_NOON, unit_id=str(an_id(1)), month="2021-05")
    await reporting.tell(
        recorded(voided(gone), version=2),
        recorded(corrected(changed, project_name="อีกโครงการ"), version=2),
        recorded(corrected(same), version=2),
        recorded(helped(an_id(15), unit_id=an_id(1))),
        recorded(helped(an_id(16), unit_id=an_id(1), person_ref=None, worker_type=None)),
    )
    query: dict[str, Any] = {"province": "24", "month": "2021-05"}
    item = (await reporting.get("/reports/calendar", **query))["items"][0]
    assert (item["state"], item["rows_waiting"], item["revision"]) == ("changed_since", 3, 1)
    await submitted(reporting, "sp12", "2021-05-28T05:00:00Z", unit_id=str(an_id(1)), month="2021-05")
    item = (await reporting.get("/reports/calendar", **query))["items"][0]
    assert (item["state"], item["rows_waiting"], item["revision"], item["on_time"]) == ("submitted", 0, 2, True)
    assert item["first_submitted_at"].startswith("2021-05-25T05:00:00")


async def test_nothing_waits_exactly_where_nothing_would_be_submitted(reporting: Reporting) -> None:
    await reporting.tell(recorded(unit(an_id(1)), at=BEFORE))
    help_ = helped(an_id(11), unit_id=an_id(1))
    await reporting.tell(recorded(help_))
    await submitted(reporting, "snb2", "2021-06-01T05:00:00Z", province="24", month="2021-05")
    await reporting.tell(recorded(corrected(help_), version=2))
    snb2 = (await reporting.get("/reports/calendar", province="24", month="2021-05"))["items"][1]
    assert (snb2["form"], snb2["state"], snb2["rows_waiting"]) == ("snb2", "submitted", 0)
    refused = await submitted(reporting, "snb2", "2021-06-02T05:00:00Z", status=409, province="24", month="2021-05")
    assert refused["code"] == "nothing_changed"


async def test_due_days_and_expected_provinces_are_as_they_are_set(postgres: PostgresServer, vault_dsn: str) -> None:
    changed: dict[str, Any] = {"sp12_due_day": 10, "snb2_due_day": 7, "snb2_provinces": "24,90"}
    async with running(empty_database(postgres), vault_dsn, **changed) as reporting:
        await reporting.tell(recorded(unit(an_id(1), opened_on=date(2021, 5, 10)), at=BEFORE))
        found = await reporting.get("/completeness", month="2021-05", now="2021-05-11T00:00:00Z")
        assert (found["sp12"]["due_on"], found["snb2"]["due_on"]) == ("2021-05-10", "2021-06-07")
        assert (found["sp12"]["national"]["expected"], found["snb2"]["missing"]) == (1, ["24", "90"])
        await reporting.tell(recorded(helped(an_id(11), unit_id=an_id(1), service_date=date(2021, 5, 11))))
        form = await reporting.get("/reports/sp12", unit_id=an_id(1), month="2021-05")
        assert (form["due_on"], form["rows"]) == ("2021-05-10", [])
        listed = await reporting.get("/reports/calendar", province="24", month="2021-06", now="2021-06-10T00:00:00Z")
        assert [(item["form"], item["due_on"], item["state"], item["rows_waiting"]) for item in listed["items"]] == [
            ("sp12", "2021-06-10", "due", 1),
            ("snb2", "2021-07-07", "not_due", 0),
            ("snb1", "2021-07-07", "not_due", 0),
        ]


@pytest.mark.parametrize("month", ["1941-01", "1941-10", "2399-12"])
async def test_the_first_and_the_last_month_that_are_taken_are_answered(reporting: Reporting, month: str) -> None:
    for path in ("/completeness", "/reports/calendar", "/reports/snb1", "/reports/doe-tipoffs"):
        query = {"month": month} | ({} if path == "/completeness" else {"province": "24"})
        assert (await reporting.http.get(path, params=query)).status_code == 200


@pytest.mark.parametrize(
    ("path", "query", "fault"),
    [
        ("/completeness", {}, ("/month", "required")),
        ("/completeness", {"month": "2021-13"}, ("/query/month", "invalid")),
        ("/completeness", {"month": "2564-05"}, ("/query/month", "invalid")),
        ("/completeness", {"month": "2021-05", "province": "99"}, ("/query/province", "unknown_place")),
        ("/reports/calendar", {"month": "2021-05"}, ("/province", "required")),
        ("/reports/calendar", {"province": "2404", "month": "2021-05"}, ("/query/province", "unknown_place")),
        ("/reports/calendar", {"province": "24", "month": "05-2021"}, ("/query/month", "invalid")),
    ],
)
async def test_a_bad_question_is_refused_with_what_is_wrong(
    reporting: Reporting, path: str, query: dict[str, str], fault: tuple[str, str]
) -> None:
    found = await reporting.get(path, status=422, **query)
    (error,) = found["errors"]
    assert error["pointer"].endswith(fault[0])
    assert error["code"] == fault[1]
    if query.get("month") == "2564-05":
        assert "2021" in error["message"]


@pytest.mark.parametrize("suffix", [".pdf", ".xlsx", ".docx"])
async def test_a_list_to_work_by_is_not_for_paper(reporting: Reporting, suffix: str) -> None:
    for path, query in (("/completeness", {}), ("/reports/calendar", {"province": "24"})):
        found = await reporting.get(path + suffix, status=406, month="2021-05", **query)
        assert found["code"] == "not_acceptable"

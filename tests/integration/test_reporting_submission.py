"""Forms submitted over HTTP on the real PostgreSQL: frozen for ever, revised, the same as of that moment."""

import asyncio
import random
from collections.abc import AsyncIterator
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from services.reporting.projection import PROJECTION
from shared.connecting import connect
from shared.events.contract import Event
from shared.projection import rebuild
from shared.vault import Vault
from tests.reporting.given import an_id, corrected, helped, unit, voided
from tests.reporting.running import OTHER_UNIT, SOMJAI, UNIT, Reporting, empty_database, help_for, running, vault_of
from tests.support.kafka_records import recorded
from tests.support.servers import PostgresServer

pytestmark = pytest.mark.integration

SP12: dict[str, Any] = {"unit_id": str(UNIT), "month": "2021-05"}
SNB2: dict[str, Any] = {"province": "24", "month": "2021-05"}
ON_THE_DAY, NEXT_DAY, IN_JUNE = "2021-05-25T03:00:00Z", "2021-05-26T03:00:00Z", "2021-06-20T03:00:00Z"


@pytest.fixture
async def reporting(postgres: PostgresServer, vault_dsn: str) -> AsyncIterator[Reporting]:
    async with running(empty_database(postgres), vault_dsn) as found:
        yield found


@pytest.fixture
async def vault(vault_dsn: str) -> AsyncIterator[Vault]:
    async with vault_of(vault_dsn) as opened:
        yield opened


async def told(reporting: Reporting, *events: Event, version: int = 1) -> None:
    """By the real clock."""
    await reporting.tell(*(recorded(event, version=version, played=False) for event in events))


async def test_a_submission_freezes_the_form_and_says_so(reporting: Reporting) -> None:
    await told(reporting, unit(UNIT), helped(an_id(11), unit_id=UNIT), helped(an_id(12), unit_id=UNIT))
    live = await reporting.get("/reports/sp12", **SP12)
    answer = await reporting.post("/reports/sp12/submit", **SP12)
    assert answer == {
        "revision": 1,
        "hash": live["hash"],
        "submitted_at": answer["submitted_at"],
        "rows": 2,
        "persons": 1,
    }
    found = await reporting.get("/reports/sp12", view="submitted", **SP12)
    assert found == live | {
        "view": "submitted",
        "revision": 1,
        "as_of": answer["submitted_at"],
        "first_submitted_at": answer["submitted_at"],
        "on_time": False,
    }
    after = await reporting.get("/reports/sp12", **SP12)
    assert (after["view"], after["revision"], after["first_submitted_at"]) == ("live", 1, answer["submitted_at"])
    lineage = await reporting.get(f"/lineage/{an_id(11)}")
    assert lineage["reports"] == [{"form": "sp12", "period": "2021-05", "revision": 1}]


async def test_a_later_fact_is_late_in_the_live_view_and_never_in_what_was_submitted(reporting: Reporting) -> None:
    first = helped(an_id(11), unit_id=UNIT)
    await told(reporting, unit(UNIT), first)
    await reporting.post("/reports/sp12/submit", **SP12)
    submitted = await reporting.get("/reports/sp12", view="submitted", revision=1, **SP12)
    await told(reporting, helped(an_id(12), unit_id=UNIT))
    await told(reporting, corrected(first, project_name="อีกโครงการ"), version=2)
    live = await reporting.get("/reports/sp12", **SP12)
    assert {row["assistance_id"]: row["late"] for row in live["rows"]} == {str(an_id(11)): False, str(an_id(12)): True}
    assert await reporting.get("/reports/sp12", view="submitted", **SP12) == submitted

    assert (await reporting.post("/reports/sp12/submit", **SP12))["revision"] == 2
    second = await reporting.get("/reports/sp12", view="submitted", **SP12)
    assert (second["revision"], second["first_submitted_at"]) == (2, submitted["first_submitted_at"])
    assert [row["late"] for row in second["rows"]] == [False, True]
    assert await reporting.get("/reports/sp12", view="submitted", revision=1, **SP12) == submitted
    items = (await reporting.get("/reports/sp12/revisions", **SP12))["items"]
    assert [item["revision"] for item in items] == [1, 2]
    assert [row["assistance_id"] for row in items[1]["added"]] == [str(an_id(12))]
    (changed,) = items[1]["changed"]
    assert changed["fields"] == {"project_name": ["ส่งเสริมอาชีพ", "อีกโครงการ"]}
    assert changed["cause"] == str(recorded(first, version=2).id)
    assert (changed["by"], items[1]["removed"]) == ("somebody", [])


async def test_what_was_voided_or_moved_to_another_month_is_removed_with_its_cause(reporting: Reporting) -> None:
    helps = [helped(an_id(number), unit_id=UNIT) for number in (11, 12, 13)]
    await told(reporting, *helps)
    await reporting.post("/reports/snb2/submit", **SNB2)
    await told(reporting, voided(helps[0]), corrected(helps[1], service_date=date(2021, 6, 1)), version=2)
    await reporting.post("/reports/snb2/submit", **SNB2)
    _, second = (await reporting.get("/reports/snb2/revisions", **SNB2))["items"]
    assert {row["assistance_id"]: row["cause"] for row in second["removed"]} == {
        str(help_.assistance_id): str(recorded(help_, version=2).id) for help_ in helps[:2]
    }
    assert (second["added"], second["changed"]) == ([], [])


async def test_no_revision_changes_when_a_form_was_first_submitted_or_that_it_was_on_time(reporting: Reporting) -> None:
    await told(reporting, unit(UNIT))
    await reporting.post("/reports/sp12/submit", now=ON_THE_DAY, **SP12)
    await reporting.tell(recorded(helped(an_id(11), unit_id=UNIT)))
    assert (await reporting.post("/reports/sp12/submit", now=IN_JUNE, **SP12))["revision"] == 2
    for view in ("live", "submitted"):
        found = await reporting.get("/reports/sp12", view=view, now=IN_JUNE, **SP12)
        assert (found["on_time"], found["first_submitted_at"]) == (True, "2021-05-25T03:00:00.000000Z")


async def test_a_form_is_not_submitted_before_its_period_is_over_nor_twice_the_same(reporting: Reporting) -> None:
    await told(reporting, unit(UNIT))
    for path, given, too_early in (
        ("/reports/sp12/submit", SP12, "2021-05-24T16:59:59Z"),
        ("/reports/snb2/submit", SNB2, "2021-05-30T16:59:59Z"),
    ):
        assert (await reporting.post(path, now=too_early, status=409, **given))["code"] == "period_open"
        nil = await reporting.post(path, now=IN_JUNE, **given)
        assert (nil["revision"], nil["rows"], nil["persons"]) == (1, 0, 0)
        assert (await reporting.post(path, now=IN_JUNE, status=409, **given))["code"] == "nothing_changed"


async def test_what_is_not_there_to_be_submitted_is_refused_in_words_that_help(reporting: Reporting) -> None:
    for path, given, pointer, code, words in (
        ("/reports/sp12/submit", {"unit_id": OTHER_UNIT, "month": "2021-05"}, "/unit_id", "unknown_unit", "unit"),
        ("/reports/sp12/submit", {"unit_id": "x", "month": "2021-13"}, "/month", "invalid", "YYYY-MM"),
        ("/reports/sp12/submit", {"month": "2021-05"}, "/unit_id", "required", "given"),
        ("/reports/snb2/submit", {"province": "24", "month": "2564-05"}, "/month", "invalid", "2021"),
        ("/reports/snb2/submit", {"province": "98", "month": "2021-05"}, "/province", "unknown_place", ""),
        ("/reports/snb2/submit", {"province": "24", "month": "2021-05", "by": "me"}, "/by", "unknown_field", ""),
    ):
        found = await reporting.post(path, status=422, **given)
        fault = next(fault for fault in found["errors"] if fault["pointer"] == pointer)
        assert fault["code"] == code
        assert words in fault["message"], (path, given, fault)


async def test_views_that_do_not_exist_are_refused(reporting: Reporting) -> None:
    await told(reporting, unit(UNIT))
    for query, pointer, code in (
        ({"view": "draft"}, "/query/view", "invalid"),
        ({"view": "asof"}, "/query/at", "required"),
        ({"view": "asof", "at": "yesterday"}, "/query/at", "invalid"),
        ({"at": "2021-05-25T00:00:00Z"}, "/query/at", "invalid"),
        ({"revision": "1"}, "/query/revision", "invalid"),
        ({"view": "submitted", "revision": "0"}, "/query/revision", "invalid"),
        ({"view": "submitted", "revision": "99999999999999"}, "/query/revision", "invalid"),
    ):
        found = await reporting.get("/reports/sp12", status=422, **SP12, **query)
        assert (found["errors"][0]["pointer"], found["errors"][0]["code"]) == (pointer, code)
    for query in ({}, {"revision": "1"}):
        assert (await reporting.get("/reports/sp12", status=404, view="submitted", **SP12, **query))["code"] == "not_found"
    await reporting.post("/reports/sp12/submit", **SP12)
    assert (await reporting.get("/reports/sp12", status=404, view="submitted", revision=2, **SP12))["code"] == "not_found"


async def test_of_ten_clerks_at_once_one_submits(reporting: Reporting) -> None:
    await told(reporting, helped(an_id(11)))
    answers = await asyncio.gather(
        *(reporting.http.post("/reports/snb2/submit", json=SNB2, headers={"Idempotency-Key": f"clerk {n}"}) for n in range(10))
    )
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 9
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"nothing_changed"}
    assert len((await reporting.get("/reports/snb2/revisions", **SNB2))["items"]) == 1


async def test_the_same_submission_ten_times_at_once_has_one_effect_and_equal_answers(reporting: Reporting) -> None:
    await told(reporting, helped(an_id(11)))
    answers = await asyncio.gather(
        *(reporting.http.post("/reports/snb2/submit", json=SNB2, headers={"Idempotency-Key": "once"}) for _ in range(10))
    )
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.text for answer in answers}) == 1
    await told(reporting, helped(an_id(12)))
    again = await reporting.http.post("/reports/snb2/submit", json=SNB2, headers={"Idempotency-Key": "once"})
    assert (again.text, again.headers["Idempotent-Replayed"]) == (answers[0].text, "true")


async def test_a_played_submission_freezes_what_was_known_at_its_time(reporting: Reporting) -> None:
    day = timedelta(days=1)
    known = recorded(unit(UNIT)).recorded_at
    await reporting.tell(
        recorded(unit(UNIT)),
        recorded(helped(an_id(11), unit_id=UNIT), at=known),
        recorded(helped(an_id(12), unit_id=UNIT), at=known + 30 * day),
    )
    assert (await reporting.post("/reports/sp12/submit", now=NEXT_DAY, **SP12))["rows"] == 1
    assert (await reporting.post("/reports/sp12/submit", now="2021-07-01T00:00:00Z", **SP12))["rows"] == 2


async def test_a_forgotten_person_is_gone_from_what_was_submitted_but_not_the_row(reporting: Reporting, vault: Vault) -> None:
    help_ = await help_for(vault, 11, SOMJAI)
    await told(reporting, unit(UNIT), help_)
    before = await reporting.post("/reports/sp12/submit", **SP12)
    assert help_.person_ref is not None
    await vault.forget(help_.person_ref)
    after = await reporting.get("/reports/sp12", view="submitted", **SP12)
    assert (after["rows"][0]["name"], after["rows"][0]["citizen_id"]) == ("ลบข้อมูลตามคำขอ", None)
    assert (after["hash"], after["persons"], len(after["rows"])) == (before["hash"], 1, 1)


async def test_nothing_personal_is_in_a_submission(reporting: Reporting, vault: Vault) -> None:
    await told(reporting, unit(UNIT), await help_for(vault, 11, SOMJAI))
    await reporting.post("/reports/sp12/submit", **SP12)
    cursor = await reporting.connection.execute("SELECT data::text || meta::text FROM events WHERE source = 'reporting'")
    ((text,),) = await cursor.fetchall()
    assert str(an_id(11)) in text
    assert not any(word in text for word in ("สมใจ", "ใจดี", "1970100000011", "box"))


class History:
    """Help that is recorded, corrected and voided at random, by the real clock."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._helps: dict[UUID, tuple[Any, int]] = {}

    def next(self) -> tuple[Event, int]:
        """An event and its version."""
        standing = [help_ for help_, _ in self._helps.values() if not getattr(help_, "void", False)]
        if not standing or self._random.random() < 0.5:
            event: Any = helped(an_id(1000 + len(self._helps)), unit_id=UNIT, service_date=self._day(), person_ref=self._person())
            version = 1
        else:
            before = self._random.choice(standing)
            version = self._helps[before.assistance_id][1] + 1
            event = corrected(before, service_date=self._day()) if self._random.random() < 0.7 else voided(before)
        self._helps[event.assistance_id] = (event, version)
        return event, version

    def _day(self) -> date:
        return self._random.choice((date(2021, 4, 30), date(2021, 5, 3), date(2021, 5, 25), date(2021, 5, 28), date(2021, 6, 2)))

    def _person(self) -> UUID:
        return an_id(2000 + self._random.randrange(4))


@pytest.mark.parametrize("seed", range(4))
async def test_as_of_each_submission_is_that_submission_and_live_is_as_of_now(reporting: Reporting, seed: int) -> None:
    """Facts go on arriving while forms are submitted: each is in a submission or comes after it, and the clock alone tells."""
    history, forms = History(seed), (("/reports/sp12", SP12), ("/reports/snb2", SNB2))
    await told(reporting, unit(UNIT))
    submitted: list[tuple[str, dict[str, Any], dict[str, Any]]] = []

    async def tell() -> None:
        told_so_far = 0
        while told_so_far < 60 or len(submitted) <= 4:
            event, version = history.next()
            await told(reporting, event, version=version)
            told_so_far += 1

    async def submit() -> None:
        while not telling.done():
            for path, given in forms:
                answer = await reporting.http.post(f"{path}/submit", json=given)
                assert answer.status_code == 201 or answer.json()["code"] == "nothing_changed", answer.text
                if answer.status_code == 201:
                    submitted.append((path, given, answer.json()))

    telling = asyncio.create_task(tell())
    await submit()
    await telling
    for path, given, answer in submitted:
        frozen = await reporting.get(path, view="submitted", revision=answer["revision"], **given)
        then = await reporting.get(path, view="asof", at=answer["submitted_at"], **given)
        assert (frozen["hash"], len(frozen["rows"]), frozen["persons"]) == (answer["hash"], answer["rows"], answer["persons"])
        assert then == frozen | {"view": "asof"}
    for path, given in forms:
        live = await reporting.get(path, **given)
        now = await reporting.get(path, view="asof", at=live["as_of"], **given)
        assert now == live | {"view": "asof"}


async def test_what_was_submitted_is_the_same_bytes_after_a_rebuild(reporting: Reporting) -> None:
    history = History(7)
    await told(reporting, unit(UNIT))
    for _ in range(30):
        event, version = history.next()
        await told(reporting, event, version=version)
        await reporting.http.post("/reports/snb2/submit", json=SNB2)
    paths = [
        f"/reports/snb2?province=24&month=2021-05&view=submitted&revision={item['revision']}"
        for item in (await reporting.get("/reports/snb2/revisions", **SNB2))["items"]
    ] + ["/reports/snb2/revisions?province=24&month=2021-05", "/reports/snb2?province=24&month=2021-05"]
    before = [(await reporting.http.get(path)).content for path in paths]
    owner = reporting.database.owner
    async with await connect(owner, name="rebuild") as writer, await connect(owner, name="reader") as reader:
        assert (await rebuild(writer, reader, PROJECTION, compare=True)).differing == {
            table.name: 0 for table in PROJECTION.tables
        }
    assert [(await reporting.http.get(path)).content for path in paths] == before
    assert len(paths) > 8

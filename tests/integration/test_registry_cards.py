"""Volunteers' ID cards over HTTP on the real PostgreSQL, with a printing process: what is printed, how cards stand, and what
anybody is told of one that is shown."""

import asyncio
import base64
import re
from collections.abc import AsyncIterator, Callable
from typing import Any
from uuid import UUID, uuid4

import httpx
import orjson
import psycopg
import pypdfium2
import pytest

from services.registry.cards import tokens
from services.registry.cards.domain import card_id
from tests.registry.running import AREAS, NAME, NOW, SECRET_BEFORE, Registry, citizen_id, empty_database, running
from tests.support.callers import caller
from tests.support.held import Held
from tests.support.servers import PostgresServer

pytestmark = pytest.mark.integration

TODAY = "2011-10-15"
NOTHING = {"valid": False, "valid_until": None, "province": None, "level": None}
LATER = "2015-06-01T03:00:00Z"
"""Eight months after the first terms have ended."""


@pytest.fixture
async def registry(postgres: PostgresServer, vault_dsn: str) -> AsyncIterator[Registry]:
    async with running(empty_database(postgres), vault_dsn, printing=True) as registry:
        yield registry


async def printed(registry: Registry, *volunteer_ids: str, key: str | None = None, now: str = NOW) -> httpx.Response:
    answer = await registry.post("/cards/print", {"volunteer_ids": volunteer_ids}, key=key, now=now)
    assert answer.status_code == 200, answer.text
    assert (answer.headers["content-type"], answer.content[:4]) == ("application/pdf", b"%PDF")
    return answer


async def card_of(registry: Registry, volunteer_id: str, *, state: str | None = None) -> dict[str, Any] | None:
    items = (await registry.get("/cards", **({} if state is None else {"state": state})))["items"]
    return next((item for item in items if item["volunteer_id"] == volunteer_id), None)


async def moved(registry: Registry, volunteer_id: str, verb: str, on: str = TODAY, now: str = NOW) -> dict[str, Any]:
    card_no = (await registry.get(f"/volunteers/{volunteer_id}"))["card_no"]
    return await registry.done(f"/cards/{card_no}/{verb}", {"on": on}, now=now)


async def types(registry: Registry, volunteer_id: str) -> list[str]:
    stream = card_id(UUID(volunteer_id))
    return await registry.asked("SELECT type FROM events WHERE stream_id = %s ORDER BY version", stream)


def token_of(registry: Registry, volunteer_id: str, issue: int = 1) -> str:
    return tokens.signed(registry.state.settings.card_keys[0], tokens.Shown(UUID(volunteer_id), issue))


async def verified(registry: Registry, token: str, *, now: str = NOW) -> dict[str, Any]:
    """As a stranger asks: without a token of his own."""
    request = registry.http.build_request("GET", f"/cards/verify/{token}", headers={"Songtor-Now": now})
    del request.headers["Authorization"]
    answer = await registry.http.send(request)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def pages(pdf: bytes) -> list[str]:
    with pypdfium2.PdfDocument(pdf) as document:
        return [re.sub(r"\s", "", page.get_textpage().get_text_range()) for page in document]


async def test_a_sheet_holds_ten_and_is_said_to_be_printed(registry: Registry) -> None:
    ids = [await registry.appoint(number, last_name=f"ใจดี{number}") for number in range(1, 12)]
    answer = await printed(registry, *ids)
    assert answer.headers["Songtor-Position"]
    fronts, backs, more_fronts, more_backs = pages(answer.content)
    for number in range(1, 11):
        assert f"นางสาว{NAME}ใจดี{number}" in fronts
    assert f"นางสาว{NAME}ใจดี11" in more_fronts
    assert fronts.count("กระทรวงแรงงาน·สำนักงานแรงงานจังหวัดชลบุรี") == fronts.count("ใช้ได้ถึงวันที่๓๐กันยายน๒๕๕๗") == 10
    assert (backs.count("ชี้เป้าคัดกรองส่งต่อ"), more_backs.count("ผู้ถือบัตรต้องพกบัตรนี้ติดตัว")) == (10, 1)
    for volunteer_id in ids:
        assert await types(registry, volunteer_id) == ["CardRequested", "CardPrinted"]
    found = (await registry.get("/cards", province="20", state="printed", limit=200))["items"]
    assert {item["volunteer_id"]: (item["issue"], item["on"]) for item in found} == dict.fromkeys(ids, (1, TODAY))
    assert (await registry.get("/cards", province="24"))["items"] == []


async def test_the_same_key_gives_the_same_sheet_and_says_nothing_more(registry: Registry) -> None:
    ids = [await registry.appoint(number) for number in (1, 2)]
    first = await printed(registry, *ids, key="one")
    await moved(registry, ids[0], "lose")
    before = await registry.events()
    again = await printed(registry, *ids, key="one")
    assert (again.headers["Idempotent-Replayed"], again.content) == ("true", first.content)
    assert again.headers["Songtor-Position"] == first.headers["Songtor-Position"]
    other = await registry.post("/cards/print", {"volunteer_ids": ids[:1]}, key="one")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert await registry.events() == before
    seen = await registry.asked("SELECT details->>'cards' FROM audit WHERE details->>'cards' IS NOT NULL ORDER BY number")
    assert seen == ["2", "2"]


async def test_who_gets_no_card_is_named_and_then_nobody_gets_one(registry: Registry) -> None:
    good, gone, forgotten = [await registry.appoint(number) for number in (1, 2, 3)]
    relief = {"relieved_on": "2011-10-14", "reason": "ย้าย"}
    await registry.done(f"/volunteers/{gone}/relieve", relief)
    before = await registry.events()
    wanted = [good, str(uuid4()), gone, good]
    for path in ("/cards/print", "/cards/request"):
        answer = await registry.post(path, {"volunteer_ids": wanted[:3]})
        assert answer.status_code == 422
        assert {error["pointer"]: error["code"] for error in answer.json()["errors"]} == {
            "/volunteer_ids/1": "unknown_volunteer",
            "/volunteer_ids/2": "relieved",
        }
        (counted,) = await registry.asked("SELECT details->>'faults' FROM audit ORDER BY number DESC LIMIT 1")
        assert orjson.loads(counted) == {"unknown_volunteer": 1, "relieved": 1}
        twice = await registry.post(path, {"volunteer_ids": [good, good.upper()]})
        assert [(error["pointer"], error["code"]) for error in twice.json()["errors"]] == [("/volunteer_ids/1", "invalid")]
        expired = await registry.post(path, {"volunteer_ids": [good]}, now=LATER)
        assert (expired.status_code, expired.json()["code"]) == (422, "expired")
    person = (await registry.asked("SELECT data->>'person_ref' FROM events WHERE stream_id = %s", forgotten))[0]
    await registry.vault.forget(UUID(person))
    nameless = await eventually_refused(registry, forgotten)
    assert (nameless.status_code, nameless.json()["errors"][0]["pointer"], nameless.json()["code"]) == (
        422,
        "/volunteer_ids/0",
        "forgotten",
    )
    assert await registry.events() == before
    assert (await registry.get("/cards"))["items"] == []


async def until(holds: Callable[[], bool]) -> None:
    end = asyncio.get_running_loop().time() + 20
    while not holds():
        assert asyncio.get_running_loop().time() < end
        await asyncio.sleep(0.02)


async def eventually_refused(registry: Registry, volunteer_id: str) -> httpx.Response:
    """Keys are cached for a moment."""
    end = asyncio.get_running_loop().time() + 5
    while True:
        answer = await registry.http.get(f"/volunteers/{volunteer_id}", headers={"Songtor-Now": NOW})
        if answer.json()["first_name"] is None:
            return await registry.post("/cards/print", {"volunteer_ids": [volunteer_id]})
        assert asyncio.get_running_loop().time() < end
        await asyncio.sleep(0.02)


async def test_a_card_goes_from_hand_to_hand_and_is_issued_anew(registry: Registry) -> None:
    volunteer = await registry.appoint()
    card_no = (await registry.get(f"/volunteers/{volunteer}"))["card_no"]
    asked = (await registry.done("/cards/request", {"volunteer_ids": [volunteer]}))["items"]
    expected = {"card_no": card_no, "volunteer_id": volunteer, "province": "20", "issue": 1, "on": TODAY}
    assert asked == [expected | {"state": "requested"}]
    for verb in ("hand-over", "lose", "return"):
        early = await registry.post(f"/cards/{card_no}/{verb}", {"on": TODAY})
        assert (early.status_code, early.json()["code"]) == (409, "wrong_state")
    again = await registry.post("/cards/request", {"volunteer_ids": [volunteer]})
    assert (again.status_code, again.json()["code"]) == (422, "wrong_state")
    await printed(registry, volunteer)
    await printed(registry, volunteer)  # the first sheet was spoilt
    assert await moved(registry, volunteer, "hand-over", "2011-10-14") == expected | {"state": "handed_over", "on": "2011-10-14"}
    held = await registry.post("/cards/print", {"volunteer_ids": [volunteer]})
    assert (held.status_code, held.json()["code"]) == (422, "wrong_state")
    assert (await moved(registry, volunteer, "lose"))["state"] == "lost"
    gone = await registry.http.get(f"/volunteers/{volunteer}/card.pdf", headers={"Songtor-Now": NOW})
    assert (gone.status_code, gone.json()["code"]) == (409, "wrong_state")
    (anew,) = pages((await printed(registry, volunteer)).content)[:1]
    assert "ออกให้ครั้งที่๒" in anew
    assert (await moved(registry, volunteer, "return"))["issue"] == 2
    assert await types(registry, volunteer) == [
        *("CardRequested", "CardPrinted", "CardPrinted", "CardHandedOver", "CardLost"),
        *("CardRequested", "CardPrinted", "CardReturned"),
    ]


async def test_days_and_numbers_of_cards_are_checked(registry: Registry) -> None:
    volunteer = await registry.appoint()
    await printed(registry, volunteer)
    card_no = (await registry.get(f"/volunteers/{volunteer}"))["card_no"]
    for body, code in (({}, "required"), ({"on": "2011-10-16"}, "in_future"), ({"on": "2011-09-30"}, "invalid")):
        answer = await registry.post(f"/cards/{card_no}/lose", body)
        assert (answer.status_code, answer.json()["errors"][0]["pointer"], answer.json()["code"]) == (422, "/on", code)
    for wrong in ("20-2554-000000", card_no.lower() + "x", "%00", volunteer):
        answer = await registry.post(f"/cards/{wrong}/lose", {"nothing": 1})
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    many = {"volunteer_ids": [str(uuid4()) for _ in range(201)]}
    answer = await registry.post("/cards/print", many)
    assert (answer.status_code, answer.json()["code"]) == (422, "too_long")


async def test_a_relieved_volunteer_is_handed_no_card_and_can_give_one_back(registry: Registry) -> None:
    volunteer = await registry.appoint()
    await printed(registry, volunteer)
    await registry.done(f"/volunteers/{volunteer}/relieve", {"relieved_on": TODAY, "reason": "ย้าย"})
    card_no = (await registry.get(f"/volunteers/{volunteer}"))["card_no"]
    refused = await registry.post(f"/cards/{card_no}/hand-over", {"on": TODAY})
    assert (refused.status_code, refused.json()["code"]) == (409, "relieved")
    assert (await moved(registry, volunteer, "return"))["state"] == "returned"


async def test_anybody_is_told_whether_a_card_holds_and_nothing_personal(registry: Registry) -> None:
    volunteer = await registry.appoint()
    token = token_of(registry, volunteer)
    good = {"valid": True, "valid_until": "2014-09-30", "province": "20", "level": "subdistrict"}
    before = tokens.signed(base64.b64decode(SECRET_BEFORE), tokens.Shown(UUID(volunteer), 1))
    assert await verified(registry, token) == await verified(registry, before) == good
    await printed(registry, volunteer)
    assert await verified(registry, token) == good
    assert await verified(registry, token, now=LATER) == NOTHING
    await moved(registry, volunteer, "lose")
    assert await verified(registry, token) == NOTHING
    await printed(registry, volunteer)
    assert [await verified(registry, token_of(registry, volunteer, issue)) for issue in (1, 2, 3)] == [NOTHING, good, NOTHING]
    await registry.done(f"/volunteers/{volunteer}/relieve", {"relieved_on": "2011-12-01", "reason": "ย้าย"})
    second = token_of(registry, volunteer, 2)
    assert (await verified(registry, second))["valid_until"] == "2011-11-30"
    assert await verified(registry, second, now="2011-11-30T17:00:00Z") == NOTHING


async def test_what_we_did_not_sign_does_not_hold(registry: Registry) -> None:
    volunteer = await registry.appoint()
    token = token_of(registry, volunteer)
    other_key = tokens.signed(b"o" * 32, tokens.Shown(UUID(volunteer), 1))
    nobody = token_of(registry, str(uuid4()))
    wrong = [token[:-1], token + "A", token.replace(token[20], "*"), "%00", "x" * 5000, other_key, nobody]
    wrong += [token[:at] + ("A" if token[at] != "A" else "B") + token[at + 1 :] for at in (0, 2, 25, 27, 51)]
    assert [await verified(registry, one) for one in wrong] == [NOTHING] * len(wrong)


async def test_one_card_can_be_looked_at_by_its_office_and_its_volunteer(registry: Registry) -> None:
    volunteer, other = await registry.appoint(1), await registry.appoint(2, area_code=AREAS[1])
    before = await registry.events()
    me = caller("volunteer", provinces=("20",), volunteer_id=volunteer)
    for who in (caller("province_officer", provinces=("20",)), me):
        answer = await registry.http.get(f"/volunteers/{volunteer}/card.pdf", headers={"Songtor-Now": NOW, **who})
        assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf")
        front, back = pages(answer.content)
        assert f"นางสาว{NAME}ใจดี" in front
        assert "ตำบลบางปลาสร้อย" in front
        assert "ชี้เป้าคัดกรองส่งต่อ" in back
    assert await registry.events() == before
    seen = await registry.asked("SELECT action FROM audit WHERE action = 'cards.print_one' AND person_ref IS NOT NULL")
    assert len(seen) == 2
    assert (await registry.http.get(f"/volunteers/{other}/card.pdf", headers={"Songtor-Now": NOW, **me})).status_code == 404
    await registry.done(f"/volunteers/{volunteer}/relieve", {"relieved_on": TODAY, "reason": "ย้าย"})
    refused = await registry.http.get(f"/volunteers/{volunteer}/card.pdf", headers={"Songtor-Now": NOW})
    assert (refused.status_code, refused.json()["code"]) == (409, "relieved")


async def test_what_cannot_be_printed_is_not_said(postgres: PostgresServer, vault_dsn: str) -> None:
    # A process for each of its two tries: so neither waits for one that never comes.
    async with running(empty_database(postgres), vault_dsn, printing=True, printers=2) as registry:
        volunteer = await registry.appoint()
        before = await registry.events()
        transport = registry.http._transport
        assert isinstance(transport, Held)
        press = transport.api.state.press
        await until(lambda: press._free.qsize() == 2)
        await press.close()
        answer = await registry.post("/cards/print", {"volunteer_ids": [volunteer]})
        assert (answer.status_code, answer.json()["code"]) == (503, "printing_failed")
        assert await registry.events() == before


async def test_names_that_cannot_be_written_down_are_not_given_out(registry: Registry) -> None:
    volunteer = await registry.appoint()
    async with await psycopg.AsyncConnection.connect(registry.database.owner, autocommit=True) as owner:
        await owner.execute("ALTER TABLE audit RENAME TO audit_away")
    answer = await registry.http.get(f"/volunteers/{volunteer}/card.pdf", headers={"Songtor-Now": NOW})
    assert (answer.status_code, answer.json()["code"]) == (503, "audit_unavailable")


async def test_two_clerks_who_print_at_once_have_one_first_issue(registry: Registry) -> None:
    ids = [await registry.appoint(number) for number in range(1, 5)]
    answers = await asyncio.gather(
        *(registry.post("/cards/print", {"volunteer_ids": some}) for some in (ids, ids[::-1], ids[:2]))
    )
    assert [answer.status_code for answer in answers] == [200] * 3
    for volunteer_id in ids:
        assert (await types(registry, volunteer_id)).count("CardRequested") == 1
    assert {item["issue"] for item in (await registry.get("/cards"))["items"]} == {1}


async def test_nothing_personal_is_in_clear_where_cards_are_kept(registry: Registry) -> None:
    volunteer = await registry.appoint()
    await printed(registry, volunteer, key="one")
    await registry.get("/cards")
    held = "".join([row for table in ("events", "commands", "cards", "audit") for row in await _rows(registry, table)])
    assert volunteer in held
    assert not any(secret in held for secret in (NAME, "ใจดี", citizen_id(1)))


async def _rows(registry: Registry, table: str) -> list[str]:
    return await registry.asked(f"SELECT t::text FROM {table} t")

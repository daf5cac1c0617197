"""Nothing personal stands in clear anywhere: people with names, numbers and words that nobody else has go through everything
that can be told of people, and then every byte that the stack keeps or shows is searched."""

import base64
import hashlib
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import get_args
from urllib.parse import quote
from uuid import uuid4

import httpx
import pytest

from shared.auth import Role
from tests.support.api_client import Api, Json, new_citizen, new_citizen_id
from tests.support.local_stack import LocalStack
from tests.support.stack_contents import Piece, in_files, in_metrics, in_server_files, in_tables, in_topics

AREA = "220101"
AT = "2018-05-10T03:00:00Z"
PROJECT = "โครงการที่เปิดเผยได้-7f3k"
THAI_DIGITS = str.maketrans("0123456789", "๐๑๒๓๔๕๖๗๘๙")


class Secrets:
    """Words that occur nowhere else, each under the name of what it is."""

    def __init__(self) -> None:
        self.words: dict[str, str] = {}

    def text(self, what: str) -> str:
        """Free text, and a Thai one at that."""
        return self._keep(what, f"ความลับของ{what}-{uuid4().hex[:12]}")

    def name(self, what: str) -> str:
        return self._keep(what, f"ณ{what}เวียงลับ{uuid4().hex[:8]}")

    def citizen_id(self, what: str) -> str:
        return self._keep(what, new_citizen_id())

    def phone(self, what: str) -> str:
        return self._keep(what, f"09{uuid4().int % 10**8:08}")

    def document(self, what: str) -> str:
        return self._keep(what, f"PP{uuid4().hex[:9].upper()}")

    def citizen(self, what: str, **changed: str) -> Json:
        named = {"title": self.name(f"{what} title"), "first_name": self.name(f"{what} first")}
        named |= {"last_name": self.name(f"{what} last"), "phone": self.phone(f"{what} phone")}
        return new_citizen(**{"citizen_id": self.citizen_id(f"{what} id"), **named, **changed})

    def _keep(self, what: str, word: str) -> str:
        self.words[what] = word
        return word


def written(word: str) -> Iterator[bytes]:
    """Every way in which a careless program might have written it."""
    yield from {word.encode(), word.encode("utf-16-le"), word.upper().encode(), word.lower().encode()}
    escaped = json.dumps(word)[1:-1]
    upper = "".join(f"\\u{ord(sign):04X}" if ord(sign) > 127 else sign for sign in word)
    for text in {escaped, upper, escaped.replace("\\", "\\\\"), repr(word.encode())[2:-1], quote(word), quote(quote(word))}:
        yield text.encode()
    yield word.encode().hex().encode()
    yield word.encode().hex().upper().encode()
    yield from _in_base64(word.encode())
    for digest in (hashlib.md5, hashlib.sha1, hashlib.sha256, hashlib.sha512):  # without a key, an ID is found by trying all
        yield digest(word.encode()).digest()
        yield digest(word.encode()).hexdigest().encode()
    if word.isdigit():
        yield word.translate(THAI_DIGITS).encode()
    if word.isdigit() and len(word) == 13:
        yield "-".join((word[0], word[1:5], word[5:10], word[10:12], word[12])).encode()


def _in_base64(plain: bytes) -> Iterator[bytes]:
    """The signs that are the same wherever in a longer text the word begins."""
    for shift, skip in ((0, 0), (1, 2), (2, 3)):
        encoded = base64.b64encode(b"\0" * shift + plain).rstrip(b"=")
        whole = len(encoded) if (shift + len(plain)) % 3 == 0 else len(encoded) - 1
        yield encoded[skip:whole]
        yield encoded[skip:whole].replace(b"+", b"-").replace(b"/", b"_")


def told_of(words: dict[str, str], pieces: Iterable[Piece]) -> list[str]:
    """Where something stands that should not."""
    forms = [(what, form) for what, word in words.items() for form in set(written(word))]
    return [f"{what} in {where}" for where, content in pieces for what, form in forms if form in content]


@pytest.fixture
def secrets() -> Secrets:
    return Secrets()


def test_no_word_about_a_person_stands_in_clear_anywhere(stack: LocalStack, api: Api, secrets: Secrets, tmp_path: Path) -> None:
    load_a_roster(stack, secrets, tmp_path)
    case_id = play_all_that_can_be_told_of_people(api, secrets)
    every_role_looks(api, secrets, case_id)
    ask_with_what_does_not_belong_there(api, secrets)
    api.until_caught_up()
    pieces = [*in_topics(stack), *in_tables(stack), *in_files(stack), *in_metrics(stack)]
    assert told_of(secrets.words, pieces) == []
    plainly = {what: word.encode() for what, word in secrets.words.items()}
    files = in_server_files(stack)
    assert [f"{what} in {where}" for where, content in files for what, word in plainly.items() if word in content] == []
    _what_may_be_known_is_found(pieces, case_id)


def _what_may_be_known_is_found(pieces: list[Piece], case_id: str) -> None:
    """The search itself works: it finds what stands in clear, in each kind of place, also when it is written otherwise."""
    places = [where for where, content in pieces if case_id.encode() in content]
    assert any(where.startswith("intake.needs") for where in places)
    assert any(where.startswith("reporting: public.events") for where in places)
    public = told_of({"project": PROJECT}, pieces)
    assert any("routing.assistance" in where for where in public)
    assert any("reporting: public." in where for where in public)
    assert any(where.startswith("vault: public.keys") and content for where, content in pieces)
    assert any(where.startswith("vault: public.roster_2563_22_") and content for where, content in pieces)
    assert any(b'"service":"intake"' in content for where, content in pieces if where.endswith("intake-api.log"))
    assert any(b"/needs/{case_id}/withdraw" in content for where, content in pieces if where.startswith("metrics of intake"))
    for form in written(PROJECT):
        assert told_of({"project": PROJECT}, [("somewhere", b"x" + form + b"y")])


def load_a_roster(stack: LocalStack, secrets: Secrets, directory: Path) -> None:
    """Of somebody with a number, of somebody with a wrong one, and with their names beside them."""
    person, wrong = secrets.citizen("listed"), secrets.document("no number")
    path = directory / "roster.csv"
    lines = ["ชื่อ,citizen_id", f"{person['first_name']},{person['citizen_id']}", f"{secrets.name('bad line')},{wrong}"]
    path.write_text("\n".join(lines), encoding="utf-8")
    said = stack.command("service", "routing", "roster", "load", str(path), "--edition", "2563-22")
    assert "1 citizen IDs, 1 bad lines" in said
    assert [what for what, word in secrets.words.items() if word in said] == []


def play_all_that_can_be_told_of_people(api: Api, secrets: Secrets) -> str:
    """Every route that takes a name, a number or free text, once. Returns a case."""
    unit = api.open_unit(AREA, "2017-10-01")
    person = secrets.citizen("volunteer")
    named = {name: person[name] for name in ("citizen_id", "title", "first_name", "last_name", "phone")}
    volunteer = api.appoint(AREA, "2017-11-01", **named)
    shown = api.shown("registry", f"/volunteers/{volunteer['volunteer_id']}")
    assert {name: shown[name] for name in named} == named

    citizen = secrets.citizen("citizen")
    case_id: str = api.report(
        AREA, at=AT, citizen=citizen, detail=secrets.text("detail"), volunteer_id=volunteer["volunteer_id"]
    )["case_id"]
    told = api.case(case_id)
    assert (told["citizen"]["first_name"], told["detail"]) == (citizen["first_name"], secrets.words["detail"])
    api.decide(case_id, "needs_information", note=secrets.text("question"), at=AT)
    _through_routing(api, secrets, case_id)
    _tip_off(api, secrets)
    _withdrawn(api, secrets)
    own = {"assistance_type": "protect", "project_name": PROJECT, "service_date": "2018-05-20", "unit_id": unit["unit_id"]}
    own |= {"citizen": secrets.citizen("helped"), "worker_type": "disabled", "consent": True, "note": secrets.text("own note")}
    help_ = api.do("routing", "/assistance", own, at="2018-05-21T03:00:00Z")
    query = {"unit_id": unit["unit_id"], "month": "2018-05"}
    (row,) = api.shown("reporting", "/reports/sp12", query, after=help_.position)["rows"]
    assert row["citizen_id"] == secrets.words["helped id"]

    _people(api, secrets)
    _tables(api, secrets)
    relieved = {"relieved_on": "2018-06-01", "reason": secrets.text("relief")}
    api.do("registry", f"/volunteers/{volunteer['volunteer_id']}/relieve", relieved, at="2018-05-30T03:00:00Z")
    closed = {"closed_on": "2018-07-01", "reason": secrets.text("closing")}
    api.do("registry", f"/service-units/{unit['unit_id']}/close", closed, at="2018-05-30T03:00:00Z")
    return case_id


def _through_routing(api: Api, secrets: Secrets, case_id: str) -> None:
    """Declined, returned, closed and done, a round each."""
    for round_, action in enumerate(["decline", "return", "done"], start=1):
        api.decide(case_id, note=secrets.text(f"note of round {round_}"), at=AT)
        path = f"/referrals/{api.referral(case_id)['referral_id']}"
        if action == "done":
            help_ = api.do("routing", f"{path}/assistance", _help(secrets, "help"), at="2018-05-21T03:00:00Z")
            corrected = {"note": secrets.text("corrected note"), "reason": secrets.text("correction")}
            api.do("routing", f"/assistance/{help_['assistance_id']}/correct", corrected, at="2018-05-22T03:00:00Z")
            api.do("routing", f"/assistance/{help_['assistance_id']}/void", {"reason": secrets.text("voiding")})
            closed = {"outcome": "other", "reason": secrets.text("end")}
            api.until_told(case_id, "ReferralReopened")
            api.do("routing", f"{path}/close", closed)
        else:
            api.do("routing", f"{path}/{action}", {"reason": secrets.text(action)}, at=AT)
            api.until_told(case_id, {"decline": "ReferralDeclined", "return": "ReferralReturned"}[action])
            api.until_reopened(case_id)


def _people(api: Api, secrets: Secrets) -> None:
    """Searched for, put right twice, their whole record asked for, and one of them forgotten."""
    for what in ("corrected", "forgotten"):
        citizen = secrets.citizen(what)
        document = {"id_kind": "thai", "citizen_id": citizen["citizen_id"]}
        need = api.report(AREA, "welfare", at=AT, citizen=citizen, detail=secrets.text(f"{what} detail"))
        person_ref = api.do("intake", "/people/search", document)["person_ref"]
        another = {"id_kind": "thai", "citizen_id": secrets.citizen_id(f"{what} other id")}
        for fields in (
            {"first_name": secrets.name(f"{what} other name"), "phone": secrets.phone(f"{what} other phone")},
            another,
        ):
            body = {"fields": fields, "reason": secrets.text(f"{what} correction {len(fields)} {'phone' in fields}")}
            api.do("intake", f"/people/{person_ref}/correct", body)
        told = api.shown("reporting", f"/people/{person_ref}/record", after=need.position)
        assert told["events"][0]["personal"]["person"]["first_name"] == citizen["first_name"]
    api.do("intake", "/people/forget", {**another, "reason": secrets.text("forgetting")})


def _tables(api: Api, secrets: Secrets) -> None:
    """Of needs and of volunteers: rows that are taken, rows that are not, somebody without a document, what is no table; under
    names of files that are nobody's business, tried before and given back marked."""
    need = {"kind": "welfare", "area_code": AREA, "reported_at": "2018-05-09", "worker_type": "informal", "consent": "ใช่"}
    people = [secrets.citizen(f"row {number}") for number in range(3)]
    del people[1]["citizen_id"], secrets.words["row 1 id"]
    people[1]["id_kind"] = "none"
    needs = [{**need, **person, "detail": secrets.text(f"row {number} detail")} for number, person in enumerate(people)]
    needs[2]["consent"] = ""
    appointed = {"level": "subdistrict", "area_code": AREA, "appointed_on": "2018-05-01"}
    roster = [{**appointed, **secrets.citizen(what)} for what in ("appointed", "not appointed")]
    roster[1]["area_code"] = secrets.text("no place")
    for row in roster:
        del row["id_kind"]
    for service, path, rows, expected in (
        ("intake", "/needs/import", needs, ["accepted", "accepted", "refused"]),
        ("registry", "/volunteers/import", roster, ["accepted", "refused"]),
    ):
        names = sorted({name for row in rows for name in row})
        table = "\n".join([",".join(names), *(",".join(str(row.get(name, "")) for name in names) for row in rows)])
        for query in ("?dry_run=true", ""):
            answer = _sent(api, service, path + query, table, secrets.name(f"{service} file{query}"))
            assert [one["result"] for one in answer.json()["rows"]] == expected, answer.text
        assert api.get(service, f"/imports/{answer.json()['import_id']}.xlsx").status_code == 200
        nothing = f"{secrets.name(f'{service} heading')},{secrets.phone(f'{service} heading')}\n1,2\n"
        assert _sent(api, service, path, nothing, "rows.csv").json()["code"] == "wrong_columns"


def _sent(api: Api, service: str, path: str, table: str, name: str) -> httpx.Response:
    headers = {"Idempotency-Key": str(uuid4()), "Songtor-Now": AT}
    return api.ask("POST", service, path, files={"file": (f"{name}.csv", table.encode())}, headers=headers)


def _help(secrets: Secrets, what: str) -> Json:
    note = secrets.text(f"{what} note")
    return {"assistance_type": "promote", "project_name": PROJECT, "service_date": "2018-05-20", "note": note}


def _tip_off(api: Api, secrets: Secrets) -> None:
    """With an informant, and with somebody helped who is another."""
    informant = secrets.citizen("informant", id_kind="other", citizen_id=secrets.document("passport"))
    body = {"citizen": informant, "worker_type": "informal", "consent": True, "detail": secrets.text("tip-off")}
    case_id = api.report(AREA, "tipoff_child_labour", at=AT, **body)["case_id"]
    named = {"citizen": secrets.citizen("victim"), "worker_type": "informal", "consent": True}
    path = f"/referrals/{api.referral(case_id)['referral_id']}/assistance"
    api.do("routing", path, {**_help(secrets, "victim"), **named}, at="2018-05-21T03:00:00Z")
    bare = api.report(AREA, "tipoff_job_scam", at=AT, detail=secrets.text("bare tip-off"))["case_id"]
    api.do(
        "routing", f"/referrals/{api.referral(bare)['referral_id']}/assistance", _help(secrets, "bare"), at="2018-05-21T03:00:00Z"
    )


def _withdrawn(api: Api, secrets: Secrets) -> None:
    """And decided in bulk before, as wanting information."""
    nobody = secrets.citizen("undocumented", id_kind="none")
    del nobody["citizen_id"], secrets.words["undocumented id"]
    need = api.report(AREA, "welfare", at=AT, citizen=nobody)
    item = {"case_id": need["case_id"], "decision": "needs_information", "note": secrets.text("bulk note")}
    answer = api.do("screening", "/decisions", {"items": [item]}, after=need.position)
    assert answer["items"][0]["result"] == "decided"
    api.do("intake", f"/needs/{need['case_id']}/withdraw", {"reason": secrets.text("withdrawal")}, at=AT)


def every_role_looks(api: Api, secrets: Secrets, case_id: str) -> None:
    """At all that holds people, and is shown it or refused. Who asked is written down; by a name of his own he is not."""
    month = {"province": AREA[:2], "month": "2018-05"}
    for role in get_args(Role):
        token = api.token(role, sub=secrets.name(role), agency="DOE" if role == "agency_officer" else None)
        answered = [
            api.get(service, path, query, token=token).status_code
            for service, path, query in (
                ("registry", "/volunteers", {"province": AREA[:2]}),
                ("intake", f"/needs/{case_id}", {}),
                ("screening", f"/cases/{case_id}", {}),
                ("routing", "/referrals", {"case_id": case_id}),
                ("reporting", "/reports/snb2.pdf", month),
                ("reporting", "/reports/snb2.csv", month),
                ("reporting", "/audit", {}),
            )
        ]
        assert {*answered} <= {200, 403, 404}, (role, answered)
        assert 200 in answered or role in ("volunteer", "unit_clerk"), role


def ask_with_what_does_not_belong_there(api: Api, secrets: Secrets) -> None:
    """Callers put things where nobody asked for them: paths, queries, headers, broken bodies. None of it may be kept."""
    number, word = secrets.citizen_id("misplaced id"), secrets.text("misplaced")
    for path in (f"/needs/{number}", f"/{word}", f"/needs?province={number}&kind={word}", f"/needs?cursor={word}"):
        assert api.get("intake", path).status_code in (404, 422)
    headers = {"traceparent": number, "X-Request-Id": number, "User-Agent": number, "Referer": f"https://a/{number}"}
    headers |= {"Idempotency-Key": f"need-of-{number}", "Content-Type": "application/json"}
    tip_off = json.dumps({"kind": "tipoff_women_labour", "area_code": AREA}).encode()
    assert api.ask("POST", "intake", "/needs", content=tip_off, headers=headers).status_code == 201
    for body in (f'{{"kind": "{word}"', f'{{"{number}": 1}}', f'{{"kind": "{word}", "citizen": "{number}"}}', f'"{word}"'):
        assert api.ask("POST", "intake", "/needs", content=body.encode(), headers=headers).status_code in (400, 422)
    claims = {"sub": secrets.phone("subject"), "roles": ["province_officer"], "provinces": ["*"]}
    token = api.do("registry", "/dev/tokens", claims)["access_token"]
    assert api.post("intake", "/needs", {"kind": "tipoff_women_labour", "area_code": AREA}, token=token).status_code == 201
    for bad in (number, f"{number}.{number}.{number}"):
        assert api.get("intake", "/needs", token=bad).status_code == 401

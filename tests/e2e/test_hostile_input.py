"""Hostile input at every route of every running service, as its OpenAPI document names them: never a 5xx, always a problem, and
the stack is whole afterwards. What exactly is refused, each service's own tests say."""

import base64
import gzip
import json
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import product
from typing import Any
from uuid import uuid4

import httpx
import pytest

from shared.events.catalogue import SERVICES
from tests.support.api_client import Api, Json, new_citizen, new_citizen_id
from tests.support.local_stack import LocalStack

AREA = "410101"
WHOLE = {"phone": "081-234-5678", "birth_year": 1980}
PEOPLE = frozenset({"citizen", "fields"})
"""The fields of bodies that hold a person."""
OF_ANYBODY = "/cards/verify/{token}"
KIB = 1024
AS_JSON = {"Content-Type": "application/json"}
TOGETHER = 8

BODIES: Mapping[str, bytes] = {
    "null": b"null",
    "a list": b"[]",
    "a number": b"1",
    "a text": b'"x"',
    "NaN": b'{"a": NaN}',
    "infinity": b'{"a": -Infinity}',
    "a number beyond floats": b'{"a": 1e400}',
    "a number of 60,000 digits": b'{"a": ' + b"9" * 60_000 + b"}",
    "a fraction of 60,000 digits": b'{"a": 0.' + b"9" * 60_000 + b"}",
    "cut off": b'{"a": "',
    "a comma too many": b'{"a": 1,}',
    "two in one": b"{}{}",
    "a comment": b"{} // x",
    "a byte order mark": b"\xef\xbb\xbf{}",
    "utf-16": '{"a": 1}'.encode("utf-16"),
    "latin-1": '{"a": "é"}'.encode("latin-1"),
    "cut utf-8": '{"a": "ก"}'.encode()[:-3] + b'"}',
    "overlong utf-8": b'{"a": "\xc0\xaf"}',
    "a surrogate in utf-8": b'{"a": "\xed\xa0\x80"}',
    "a bare NUL": b"\0",
    "NULs": b"\0" * 1000,
    "a NUL in a text": b'{"a": "\0"}',
    "an escaped NUL": b'{"a": "\\u0000"}',
    "an escaped NUL in a name": b'{"a\\u0000": 1}',
    "half a surrogate pair": b'{"a": "\\ud83d"}',
    "the other half": b'{"a": "\\ude00\\ud83d"}',
    "half a pair in a name": b'{"\\ud83d": 1}',
    "no name": b'{"": 1}',
    "a name of 60,000 signs": b'{"' + b"a" * 60_000 + b'": 1}',
    "names that mean something elsewhere": b'{"__proto__": {"x": 1}, "__class__": 1, "$ref": "#", "constructor": 1}',
    "the same name twice": b'{"a": 1, "a": 2}',
    "deep lists": b"[" * 30_000 + b"]" * 30_000,
    "deep lists without end": b"[" * 60_000,
    "deep objects": b'{"a":' * 9_000 + b"1" + b"}" * 9_000,
    "as deep as can be": b'{"a":' * 200 + b"1" + b"}" * 200,
    "just too large": b'{"a": "' + b"a" * (64 * KIB) + b'"}',
    "white space": b" " * (65 * KIB),
    "yaml": b"a: 1",
    "xml": b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY y SYSTEM "file:///etc/passwd">]><x>&y;</x>',
    "a form": b"a=1&b=2",
}
TEXTS = (
    "a\0b",
    "\0",
    "\x1b[31m",
    "a\x85b",
    "\ud83d",
    "\udc00\ud800",
    "\ufffe\uffff",
    "\u202e\u200b",
    "",
    " ",
    "ก" * 5_000,
    "'; DROP TABLE events; --",
    "%s%n{0}${jndi:ldap://x}",
    "../../etc/passwd",
    "0000-00-00",
    "2021-02-30",
    "10000-01-01",
    "9999-12-31",
    "0001-01-01T00:00:00+23:59",
    "9999-12-31T23:59:59-23:59",
    "2021-05-10T03:00:60Z",
    "2021-05-10",
    "๒๕๖๔-๐๕-๑๐",
    "1970100000012",
    "{00000000-0000-0000-0000-000000000000}",
    "00000000-0000-0000-0000-000000000000",
    "*",
)
OTHERS: tuple[Any, ...] = (
    None,
    True,
    0,
    -1,
    1,
    2**31,
    2**63,
    2**64,
    10**400,
    0.5,
    -0.0,
    1e308,
    [],
    [[]],
    {},
    {"a": {}},
    [None] * 2_000,
    ["x"] * 2_000,
)
INSTANTS = (
    "0001-01-01T00:00:00Z",
    "0001-01-01T00:00:00+23:59",
    "1900-01-01T00:00:00Z",
    "9999-12-31T23:59:59Z",
    "9999-12-31T23:59:59.999999-23:59",
    "9999-12-20T00:00:00Z",
    "2021-05-10T03:00:60Z",
    "2021-05-10T03:00:00",
    "2021-05-10",
    "1620615600",
    "-0001-01-01T00:00:00Z",
    "x" * 4_000,
)
MARKS: tuple[Any, ...] = (
    [],
    {},
    1,
    None,
    [1],
    [[]],
    [["intake.needs", "intake", "x", 1]],
    [["intake.needs", "intake", str(uuid4()), "x"]],
    [["intake.needs", "intake", str(uuid4()), 10**30]],
    [["nowhere\0", "nobody\0", str(uuid4()), -1]],
    [10**30, 10**30],
    [None, None],
    ["\0", "\0", "\0"],
    ["x", "y", "z", "a", "b"],
    [{}, []],
    [True, "2021-05-10T03:00:00Z", str(uuid4())],
)
TOKENS = ("", "x", "=", "%", "é", *(base64.urlsafe_b64encode(json.dumps(mark).encode()).decode() for mark in MARKS))


@dataclass(frozen=True)
class Route:
    service: str
    method: str
    path: str
    fields: tuple[str, ...] = ()
    """Of its body, or of its query."""
    needed: frozenset[str] = frozenset()

    def __str__(self) -> str:
        return f"{self.method} {self.service} {self.path}"


@dataclass
class Things:
    """One of everything that a path can name, and a body that fits each write."""

    ids: dict[str, str]
    bodies: dict[str, Json]
    bad: list[str] = field(default_factory=list)

    def path(self, route: Route) -> str:
        return route.path.format(**self.ids)

    def look(self, route: Route, what: object, answer: httpx.Response) -> None:
        """Notes an answer that is none of a careful service."""
        problem = answer.headers.get("content-type") == "application/problem+json"
        if answer.status_code >= 500 or not (answer.is_success or problem):
            self.bad.append(f"{route} with {str(what)[:120]!r}: {answer.status_code} {answer.text[:200]}")


def routes(api: Api) -> Iterator[Route]:
    for service in SERVICES:
        document = api.shown(service, "/openapi.json")
        for path, methods in document["paths"].items():
            for method, said in methods.items():
                schema = said.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
                query = [one for one in said.get("parameters", []) if one["in"] == "query"]
                fields = tuple(schema.get("properties", {})) or tuple(one["name"] for one in query)
                yield Route(service, method.upper(), path, fields, frozenset(one["name"] for one in query if one.get("required")))


@pytest.fixture
def things(api: Api) -> Things:
    unit = api.open_unit(AREA, "2020-10-01")["unit_id"]
    appointment = api.appoint(AREA, "2020-11-01")
    volunteer = appointment["volunteer_id"]
    case_id = api.report(AREA)["case_id"]
    helped = api.report(AREA)["case_id"]
    api.decide(helped)
    referral = api.referral(helped)["referral_id"]
    help_ = api.help(referral, "2021-05-10")["assistance_id"]
    person_ref = api.case(case_id)["person_ref"]
    to_forget = api.case(api.report(AREA)["case_id"])["person_ref"]
    person = {"citizen": new_citizen(**WHOLE), "worker_type": "informal", "consent": True}
    given = {"assistance_type": "promote", "project_name": "โครงการ", "service_date": "2021-05-10", "note": "x"}
    names = {"citizen_id": new_citizen_id(), "title": "นาย", "first_name": "ก", "last_name": "ข"}
    appointed = {"level": "subdistrict", "area_code": AREA, "village_no": 1, "unit_id": unit, "appointed_on": "2021-05-10"}
    reason = {"reason": "x"}
    bodies: dict[str, Json] = {
        "/volunteers": names | appointed | {"order_no": "1", "phone": "081"},
        "/volunteers/{volunteer_id}/renew": {"renewed_on": "2021-05-10", "order_no": "1"},
        "/volunteers/{volunteer_id}/relieve": {"relieved_on": "2023-11-01", **reason},
        "/service-units": {"name": "x", "area_code": AREA, "village_no": 1, "opened_on": "2021-05-10"},
        "/service-units/{unit_id}/close": {"closed_on": "2025-10-01", **reason},
        "/dev/tokens": {"sub": "x", "roles": ["admin"], "provinces": ["*"]},
        "/needs": {"kind": "welfare", "area_code": AREA, "volunteer_id": volunteer, "unit_id": unit, "detail": "x", **person},
        "/needs/{case_id}/withdraw": reason,
        "/cases/{case_id}/decision": {"decision": "needs_information", "priority": "normal", "reasons": ["x"], "note": "x"},
        "/decisions": {"items": [{"case_id": case_id, "decision": "needs_information"}]},
        "/referrals/{referral_id}/close": {"outcome": "other", **reason},
        "/referrals/{referral_id}/assistance": given,
        "/assistance": given | person | {"unit_id": unit},
        "/assistance/{assistance_id}/correct": given | reason,
        "/assistance/{assistance_id}/void": reason,
        "/people/search": {"id_kind": "thai", "citizen_id": new_citizen_id()},
        "/people/forget": {"person_ref": to_forget, **reason},
        "/people/{person_ref}/correct": {"fields": {"title": "นาง"}, **reason},
    }
    ids = {"volunteer_id": volunteer, "unit_id": unit, "case_id": case_id, "referral_id": referral, "assistance_id": help_}
    ids |= {"person_ref": person_ref, "card_no": appointment["card_no"], "token": "x", "import_id": str(uuid4())}
    network = _network(volunteer)
    for name, (path, wanted) in {
        "mentor_id": ("/mentors", network["/mentors"]),
        "activity_id": ("/activities", network["/activities"]),
        "mobile_unit_id": ("/mobile-units", network["/mobile-units"]),
    }.items():
        ids[name] = api.do("registry", path, wanted, at="2021-05-10T03:00:00Z")[name]
    centres = api.listed("registry", "/centres", {"province": AREA[:2]}) or [
        api.do("registry", "/centres", network["/centres"]).body
    ]
    ids["centre_id"] = centres[0]["centre_id"]
    network["/volunteers/{volunteer_id}/mentor"]["mentor_id"] = ids["mentor_id"]
    return Things(ids, bodies | network)


def _network(volunteer: str) -> dict[str, Json]:
    province = {"province": AREA[:2]}
    held = {"kind": "meeting", "title": "x", "held_on": "2021-05-10", "volunteer_ids": [volunteer], "people_reached": 1}
    planned = {"planned_on": "2021-05-20", "project_name": "x", "agencies": ["PLO"], "kinds": ["welfare"], "expected_people": 1}
    return {
        "/volunteers/renewals": {"order_no": "1", "renewed_on": "2021-05-10", "volunteer_ids": [volunteer]},
        "/cards/request": {"volunteer_ids": [volunteer]},
        "/cards/print": {"volunteer_ids": [volunteer]},
        **{f"/cards/{{card_no}}/{what}": {"on": "2021-05-10"} for what in ("hand-over", "lose", "return")},
        "/centres": province | {"name": "x", "order_no": "1", "established_on": "2021-01-29"},
        "/centres/{centre_id}/committees": {
            "order_no": "1",
            "from": "2021-02-01",
            "members": [{"role": "chair", "volunteer_id": volunteer}, {"role": "adviser", "agency": "SSO", "first_name": "ก"}],
        },
        "/mentors": province | {"title": "นาย", "first_name": "ก", "last_name": "ข", "agency": "PLO", "phone": "081-234-5678"},
        "/volunteers/{volunteer_id}/mentor": {"from": "2021-05-10"},
        "/activities": province | held | {"area_code": AREA, "note": "x"},
        "/activities/{activity_id}/void": {"reason": "x"},
        "/mobile-units": province | planned | {"area_code": AREA, "village_no": 1},
        "/mobile-units/{mobile_unit_id}/hold": {"held_on": "2021-05-20", "people_served": 2, "satisfaction": {"5": 1}},
        "/mobile-units/{mobile_unit_id}/cancel": {"reason": "x"},
    }


@pytest.fixture
def whole(stack: LocalStack, api: Api) -> Iterator[None]:
    """Whatever was thrown at it, afterwards everybody agrees, and nothing is parked."""
    yield
    api.until_caught_up()
    agreed = stack.run("reconcile")
    assert agreed.returncode == 0, agreed.stdout


@pytest.mark.usefixtures("whole")
def test_no_body_breaks_a_write(api: Api, things: Things) -> None:
    writes = [route for route in routes(api) if route.method != "GET"]
    assert len(writes) >= 21
    with ThreadPoolExecutor(TOGETHER) as together:
        list(together.map(lambda route: _throw_bodies(api, things, route), writes))
    assert things.bad == []


def _throw_bodies(api: Api, things: Things, route: Route) -> None:
    path = things.path(route)
    for what, body in BODIES.items():
        answer = api.ask(route.method, route.service, path, content=body, headers=AS_JSON)
        things.look(route, what, answer)
        if answer.status_code not in (400, 404, 409, 413, 415, 422):
            things.bad.append(f"{route} takes {what}: {answer.status_code}")
    for headers in (
        {},
        {"Content-Type": "text/plain"},
        {"Content-Type": "multipart/form-data"},
        {"Content-Type": "application/json; charset=utf-16"},
        {"Content-Type": ";;;"},
        {"Content-Type": "application/json", "Content-Encoding": "gzip"},
    ):
        content = gzip.compress(b"{}") if "Content-Encoding" in headers else b'{"x": 1}'
        things.look(route, headers, api.ask(route.method, route.service, path, content=content, headers=headers))
    things.look(
        route, "pieces", api.ask(route.method, route.service, path, content=iter([b"{", b'"a": 1', b"}"]), headers=AS_JSON)
    )


@pytest.mark.slow
@pytest.mark.usefixtures("whole")
def test_no_value_of_any_field_breaks_a_write(api: Api, things: Things) -> None:
    writes = [route for route in routes(api) if route.fields and route.method != "GET"]
    assert len(writes) >= 18
    with ThreadPoolExecutor(TOGETHER) as together:
        list(together.map(lambda route: _throw_values(api, things, route), writes))
    assert things.bad == []


def _throw_values(api: Api, things: Things, route: Route) -> None:
    path, good = things.path(route), things.bodies.get(route.path, {})
    for name in route.fields:
        for value in (*TEXTS, *OTHERS):
            content = json.dumps({**good, name: value}).encode()
            things.look(route, (name, value), api.ask(route.method, route.service, path, content=content, headers=AS_JSON))
    for outer, inner in product(PEOPLE.intersection(route.fields), new_citizen(**WHOLE)):
        for value in (*TEXTS, *OTHERS):
            content = json.dumps({**good, outer: {**new_citizen(), inner: value}}).encode()
            things.look(route, (inner, value), api.ask(route.method, route.service, path, content=content, headers=AS_JSON))


@pytest.mark.usefixtures("whole")
def test_no_header_breaks_a_write_or_a_read(api: Api, things: Things) -> None:
    with ThreadPoolExecutor(TOGETHER) as together:
        list(together.map(lambda route: _throw_headers(api, things, route), routes(api)))
    assert things.bad == []


def _throw_headers(api: Api, things: Things, route: Route) -> None:
    path = things.path(route)
    body = {} if route.method == "GET" else {"content": json.dumps(things.bodies.get(route.path, {})).encode()}
    found = [{"Songtor-Now": text} for text in INSTANTS] + [{"Songtor-After": token} for token in TOKENS if token.isascii()]
    found += [{"Idempotency-Key": key} for key in ("k" * 200, "k" * 201, "'; --")]
    found += [{"Authorization": text} for text in ("Bearer " + "x" * 7_000, "Bearer ..", "Bearer a.b.c", "Negotiate", "bearer")]
    found += [{"Accept": "*/*;q=x"}, {"traceparent": "x" * 5_000}]
    for headers in found:
        things.look(route, headers, api.ask(route.method, route.service, path, headers=AS_JSON | headers, **body))
    for name in ("Idempotency-Key", "Songtor-Now", "Songtor-After", "Authorization", "Content-Type", "traceparent"):
        odd = [(b"Content-Type", b"application/json"), (name.encode(), "ก\x80é".encode())]
        things.look(route, (name, "bytes"), api.ask(route.method, route.service, path, headers=odd, **body))


def test_no_query_breaks_a_read(api: Api, things: Things) -> None:
    reads = [route for route in routes(api) if route.method == "GET"]
    with ThreadPoolExecutor(TOGETHER) as together:
        list(together.map(lambda route: _throw_queries(api, things, route), reads))
    assert things.bad == []


def _throw_queries(api: Api, things: Things, route: Route) -> None:
    path = things.path(route)
    good = {"unit_id": things.ids["unit_id"], "month": "2021-05", "province": "41", "fiscal_year": "2564"}
    needed = {name: value for name, value in good.items() if name in route.needed}
    values = [
        text for text in TEXTS if text.isascii() or ("ก" not in text and not any("\ud800" <= sign <= "\udfff" for sign in text))
    ]
    values += [str(value) for value in OTHERS if isinstance(value, int | float)] + [
        "0000-00",
        "9999-12",
        "10000-01",
        "1941-01",
        "x,y",
    ]
    for name in route.fields:
        for value in (*values, *TOKENS) if name == "cursor" else values:
            things.look(route, (name, value), api.get(route.service, path, {**needed, name: value}))
    for raw in ("?%00=%00", "?province=%ff%fe", "?limit=1&limit=2&limit=x", "?" + "a" * 20_000, "?;&&==", "?province=41%00"):
        things.look(route, raw, api.ask("GET", route.service, path + raw))


def test_no_path_breaks_a_service(api: Api) -> None:
    ids = (
        "%00",
        "%ff",
        "%2e%2e%2fetc",
        "a" * 5_000,
        "0",
        "-1",
        str(2**200),
        "{}",
        "%F0%9F%98%80",
        "00000000-0000-0000-0000-00000000000g",
    )
    unknown = [route for route in routes(api) if "{" in route.path and route.path != OF_ANYBODY]
    assert len(unknown) >= 15
    bad = []
    for route in unknown:
        for text in ids:
            path = "/".join(text if part.startswith("{") else part for part in route.path.split("/"))
            answer = api.ask(route.method, route.service, path, headers=AS_JSON, content=b"{}" if route.method != "GET" else b"")
            if answer.status_code not in (404, 405) or answer.headers["content-type"] != "application/problem+json":
                bad.append(f"{route} {path[:80]}: {answer.status_code} {answer.text[:100]}")
    assert bad == []
    verified = [api.ask("GET", "registry", OF_ANYBODY.format(token=text)) for text in ids]
    # A stranger is not told whether there is such a card, and not often.
    assert {answer.status_code for answer in verified} <= {200, 404, 429}
    assert [answer.text for answer in verified if answer.status_code == 200 and answer.json()["valid"]] == []

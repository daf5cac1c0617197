"""The five services of a running stack as a caller sees them over HTTP, and the steps of a need's way through them. What a step
must come to is the tests' affair; here every step must only succeed."""

import contextlib
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from random import randrange
from typing import Any, Self, get_args
from uuid import uuid4

import httpx

from deploy.local import tokens
from deploy.local.waiting import wait_until
from shared.auth import Role
from shared.citizen_id import check_digit
from shared.dev_issuer import TokenRequest
from tests.support.local_stack import LocalStack

Json = dict[str, Any]
ANSWER_SECONDS = 20.0
FOLLOW_SECONDS = 20.0
"""For what follows in other services: usually under a second, on a busy machine some."""
INSIST_SECONDS = 60.0
AWAY = (httpx.codes.SERVICE_UNAVAILABLE, httpx.codes.GATEWAY_TIMEOUT)
LIST_LIMIT = 200
EVERY_ROLE: tuple[Role, ...] = get_args(Role)
# What only an officer of the referral's own agency may do.
AGENCYS_OWN = re.compile(r"/referrals/([0-9a-f-]{36})/(?:accept|decline|return|close)")


def new_citizen_id() -> str:
    """One that nobody has and no other test of this run was given: its registrar's office 97xx is none."""
    twelve = f"197{randrange(10**9):09}"
    return twelve + check_digit(twelve)


def new_citizen(**changed: Any) -> Json:
    citizen = {"id_kind": "thai", "citizen_id": new_citizen_id(), "title": "นาง", "first_name": "สมใจ", "last_name": "ใจดี"}
    return citizen | changed


@dataclass(frozen=True, slots=True)
class Done:
    """A write's answer. `position` is for `after`."""

    body: Json
    position: str
    replayed: bool

    def __getitem__(self, name: str) -> Any:
        return self.body[name]


@dataclass(frozen=True, slots=True)
class Write:
    """A write that was done, to be sent again."""

    service: str
    path: str
    body: Any
    how: Mapping[str, Any]
    answer: httpx.Response


class Api:
    """Its methods block, and may be called from several threads. `writes` are those that `do` did, each with a key.

    Unless a test says who asks, it is somebody with every role in every province, and for what is an agency's alone an officer
    of that agency."""

    follow_seconds = FOLLOW_SECONDS

    def __init__(self, stack: LocalStack, *, seconds: float = ANSWER_SECONDS) -> None:
        self.writes: list[Write] = []
        self._layout = stack.layout
        self._urls = {name: service.url for name, service in stack.file.services.items()}
        self.signed = {"Authorization": f"Bearer {self.token()}"}
        limits = httpx.Limits(max_connections=64)
        self._client = httpx.Client(timeout=seconds, trust_env=False, limits=limits, headers=self.signed)
        self._agencies: dict[str, str] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def token(self, *roles: Role, sub: str = "tests", provinces: Iterable[str] = ("*",), **named: Any) -> str:
        """Without roles, with all of them. `named`: `agency`, `unit_id`, `volunteer_id`."""
        wanted = {"sub": sub, "roles": roles or EVERY_ROLE, "provinces": [*provinces], **named}
        return tokens.token(self._layout, TokenRequest.model_validate(wanted))

    def ask(self, method: str, service: str, path: str, **given: Any) -> httpx.Response:
        """Whatever comes back. `given` as httpx takes it."""
        headers = httpx.Headers(given.pop("headers", None))
        own = AGENCYS_OWN.fullmatch(path) if service == "routing" and "authorization" not in headers else None
        if own is not None:
            away = self._ask_whose(own[1])
            if away is not None:
                return away
            if own[1] in self._agencies:
                headers["Authorization"] = f"Bearer {self._agencies[own[1]]}"
        return self._client.request(method, self._urls[service] + path, headers=headers, **given)

    def _ask_whose(self, referral_id: str) -> httpx.Response | None:
        """Keeps a token of the referral's agency, if there is such a referral. Returns the answer of one who cannot say now."""
        if referral_id in self._agencies:
            return None
        found = self._client.get(f"{self._urls['routing']}/referrals/{referral_id}")
        if found.is_success:
            agency = found.json()["agency"]
            self._agencies[referral_id] = self.token("agency_officer", sub=f"tests-{agency}", agency=agency)
        return found if found.is_server_error else None

    def post(
        self,
        service: str,
        path: str,
        body: Any = None,
        *,
        key: str | None = None,
        at: str | None = None,
        after: str | None = None,
        token: str | None = None,
    ) -> httpx.Response:
        return self.ask("POST", service, path, json=body or {}, headers=_headers(key, at, after, token))

    def get(
        self,
        service: str,
        path: str,
        query: Mapping[str, Any] | None = None,
        *,
        at: str | None = None,
        after: str | None = None,
        token: str | None = None,
    ) -> httpx.Response:
        return self.ask("GET", service, path, params=query, headers=_headers(None, at, after, token))

    def do(self, service: str, path: str, body: Any = None, **how: Any) -> Done:
        """A write that must succeed."""
        keyed = {"key": str(uuid4()), **how}
        return self._done(Write(service, path, body, keyed, self.post(service, path, body, **keyed)))

    def insist(self, service: str, path: str, body: Any = None, **how: Any) -> Done:
        """A write that must be taken in the end: sent with one key again and again, as a careful caller does in an outage."""
        keyed = {"key": str(uuid4()), **how}
        answer = self._until_answered(lambda: self.post(service, path, body, **keyed))
        return self._done(Write(service, path, body, keyed, answer))

    def _until_answered(self, ask: Callable[[], httpx.Response]) -> httpx.Response:
        answers: list[httpx.Response] = []

        def answered() -> bool:
            answers.clear()
            with contextlib.suppress(httpx.TransportError):
                answers.append(ask())
            return bool(answers) and answers[0].status_code not in AWAY

        assert wait_until(answered, INSIST_SECONDS, every=0.1), f"no answer but {answers}"
        return answers[0]

    def _done(self, write: Write) -> Done:
        answer = write.answer
        assert answer.is_success, (write.path, answer.status_code, answer.text)
        self.writes.append(write)
        return Done(answer.json(), answer.headers.get("Songtor-Position", ""), "Idempotent-Replayed" in answer.headers)

    def shown(self, service: str, path: str, query: Mapping[str, Any] | None = None, **how: Any) -> Json:
        """A read that must succeed."""
        answer = self.get(service, path, query, **how)
        assert answer.is_success, (path, answer.status_code, answer.text)
        found: Json = answer.json()
        return found

    def listed(self, service: str, path: str, query: Mapping[str, Any] | None = None, **how: Any) -> list[Json]:
        """All pages of a list."""
        items: list[Json] = []
        page: Mapping[str, Any] = {**(query or {}), "limit": LIST_LIMIT}
        while True:
            found = self.shown(service, path, page, **how)
            items += found["items"]
            if found["next_cursor"] is None:
                return items
            page = {**page, "cursor": found["next_cursor"]}

    # The steps

    def appoint(self, area_code: str, appointed_on: str, **changed: Any) -> Done:
        """A sub-district volunteer."""
        body = {"citizen_id": new_citizen_id(), "title": "นาย", "first_name": "อาสา", "last_name": "ตั้งใจ", "level": "subdistrict"}
        body |= {"area_code": area_code, "appointed_on": appointed_on, **changed}
        return self.do("registry", "/volunteers", body, at=f"{appointed_on}T02:00:00Z")

    def open_unit(self, area_code: str, opened_on: str, **changed: Any) -> Done:
        body = {"name": "บ้านคลองนิยม", "area_code": area_code, "opened_on": opened_on, **changed}
        return self.do("registry", "/service-units", body, at=f"{opened_on}T02:00:00Z")

    def report(self, area_code: str, kind: str = "job_domestic", *, at: str | None = None, **changed: Any) -> Done:
        """A named need; of a tip-off `citizen`, `worker_type` and `consent` are left out."""
        named = {} if kind.startswith("tipoff_") else {"citizen": new_citizen(), "worker_type": "informal", "consent": True}
        return self.do("intake", "/needs", {"kind": kind, "area_code": area_code, **named, **changed}, at=at)

    def decide(self, case_id: str, decision: str = "eligible", *, at: str | None = None, **changed: Any) -> Done:
        return self.do("screening", f"/cases/{case_id}/decision", {"decision": decision, **changed}, at=at)

    def referral(self, case_id: str, status: str = "sent", **wanted: Any) -> Json:
        """The referral of a case that has that status, as soon as there is one."""
        found: list[Json] = []

        def there() -> bool:
            found[:] = [
                one
                for one in self.listed("routing", "/referrals", {"case_id": case_id, "status": status})
                if all(one[name] == value for name, value in wanted.items())
            ]
            return bool(found)

        assert wait_until(there, self.follow_seconds), f"no referral of {case_id} became {status}"
        (one,) = found
        return one

    def help(self, referral_id: str, service_date: str, *, at: str | None = None, **changed: Any) -> Done:
        body = {"assistance_type": "promote", "project_name": "โครงการจัดหางาน", "service_date": service_date, **changed}
        return self.do("routing", f"/referrals/{referral_id}/assistance", body, at=at)

    def case(self, case_id: str) -> Json:
        """As intake tells it, with the timeline of all services."""
        return self.shown("intake", f"/needs/{case_id}")

    def until_status(self, case_id: str, status: str) -> Json:
        """The case as soon as intake has heard that it is so."""
        return self._until(case_id, lambda case: bool(case["status"] == status), status)

    def until_told(self, case_id: str, event: str) -> Json:
        """The case as soon as that stands in its timeline."""
        return self._until(case_id, lambda case: any(entry["event"] == event for entry in case["timeline"]), event)

    def _until(self, case_id: str, so: Callable[[Json], bool], what: str) -> Json:
        seen = self.case(case_id)

        def look() -> bool:
            nonlocal seen
            seen = self.case(case_id)
            return so(seen)

        assert wait_until(look, self.follow_seconds), f"{case_id} does not come to {what}: {seen['status']} {seen['timeline']}"
        return seen

    def until_reopened(self, case_id: str) -> None:
        """Screening may decide again."""

        def back() -> bool:
            return bool(self.shown("screening", f"/cases/{case_id}")["reopened"])

        assert wait_until(back, self.follow_seconds), f"{case_id} does not come back to the queue"

    def until_caught_up(self, seconds: float = FOLLOW_SECONDS) -> None:
        """Reporting has taken in all that Kafka holds."""
        assert wait_until(lambda: bool(self.shown("reporting", "/position")["caught_up"]), seconds), self.shown(
            "reporting", "/position"
        )


class PatientApi(Api):
    """A careful caller: whoever is away, or away in the middle of an answer, is asked again until he answers."""

    follow_seconds = INSIST_SECONDS

    def get(self, service: str, path: str, query: Mapping[str, Any] | None = None, **how: Any) -> httpx.Response:
        return self._until_answered(lambda: super(PatientApi, self).get(service, path, query, **how))

    def do(self, service: str, path: str, body: Any = None, **how: Any) -> Done:
        return self.insist(service, path, body, **how)

    def decide(self, case_id: str, decision: str = "eligible", **how: Any) -> Done:
        """Once screening knows the case."""
        path = f"/cases/{case_id}"
        assert wait_until(lambda: self.get("screening", path).is_success, INSIST_SECONDS, every=0.1), (
            f"{case_id} is never heard of"
        )
        return super().decide(case_id, decision, **how)


def _headers(key: str | None, at: str | None, after: str | None, token: str | None) -> dict[str, str]:
    given = {
        "Idempotency-Key": key,
        "Songtor-Now": at,
        "Songtor-After": after,
        "Authorization": None if token is None else f"Bearer {token}",
    }
    return {name: value for name, value in given.items() if value is not None}


def problem_of(answer: httpx.Response, status: int, code: str) -> Json:
    """The problem that an answer is, which must be of that status and code."""
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json"), answer.text
    found: Json = answer.json()
    assert (found["status"], found["code"]) == (status, code), found
    assert {"type", "title", "detail", "errors"} <= found.keys()
    return found

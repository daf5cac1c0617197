"""Services by hand, as far as the player sees them: they keep answers by key, and others hear of things a little later."""

import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs

import httpx

from tests.stories.fake_imports import FakeImports, sent_file

STACK = {
    "services": {name: {"url": f"http://{name}.test"} for name in ("registry", "intake", "screening", "routing", "reporting")}
}
Json = dict[str, Any]


class FakeServices:
    """`later`: how many looks it takes until what happened in one service shows in the next. `before` may answer in place of a
    service. `done`: (path, key) of every POST that had an effect; `seen`: every POST."""

    def __init__(self, *, later: int = 0, before: Callable[[httpx.Request], httpx.Response | None] = lambda _: None) -> None:
        self._later = later
        self._before = before
        self._kept: dict[tuple[str, str, str], tuple[bytes, Json]] = {}
        self._queue: dict[str, Json] = {}
        self._referrals: dict[str, Json] = {}
        self._revisions: dict[tuple[str, str | None, str], int] = {}
        self._imports = FakeImports(later)
        self._ids = 0
        self.done: list[tuple[str, str]] = []
        self.seen: list[httpx.Request] = []

    def client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(transport=httpx.MockTransport(self._answer))

    def _answer(self, request: httpx.Request) -> httpx.Response:
        found = self._before(request)
        if found is not None:
            return found
        if request.url.path == "/dev/tokens":
            claims = json.loads(request.content)
            return httpx.Response(200, json={"access_token": claims["sub"], "expires_in": 3600})
        return self._write(request) if request.method == "POST" else self._read(request)

    def _write(self, request: httpx.Request) -> httpx.Response:
        self.seen.append(request)
        key = (request.headers["authorization"], request.url.path, request.headers["idempotency-key"])
        sent = sent_file(request) if request.url.path.endswith("/import") else request.content
        if key in self._kept:
            body, answer = self._kept[key]
            if body != sent:
                return httpx.Response(422, json={"code": "idempotency_key_reused"})
            return httpx.Response(200, json=answer, headers={"Idempotent-Replayed": "true", "Songtor-Position": "p"})
        if request.url.path.endswith("/import"):
            answer = {"import_id": self._imports.take(sent, self._report)}
        else:
            answer = self._do(request.url.path, json.loads(sent), request.headers["songtor-now"])
        self._kept[key] = (sent, answer)
        self.done.append((key[1], key[2]))
        return httpx.Response(201, json=answer, headers={"Songtor-Position": f"p{len(self.done)}"})

    def _do(self, path: str, body: Json, now: str) -> Json:
        if path == "/needs":
            return {"case_id": self._report()}
        new = self._new_id()
        if path == "/decisions":
            return {"items": [self._decide(item["case_id"], item["decision"], now) for item in body["items"]]}
        if found := re.fullmatch(r"/cases/(.*)/decision", path):
            return self._decide(found[1], body["decision"], now)
        if found := re.fullmatch(r"/referrals/(.*)/(decline|return)", path):
            case_id = self._referrals[found[1]]["case_id"]
            self._queue[case_id] = {"case_id": case_id, "reopened": True, "looks": 0}
        if path.endswith("/submit"):
            place = (path, body.get("unit_id"), body["month"])
            self._revisions[place] = self._revisions.get(place, 0) + 1
            return {"revision": self._revisions[place]}
        names = ("volunteer_id", "unit_id", "assistance_id", "centre_id", "mentor_id", "mobile_unit_id", "card_no")
        return dict.fromkeys(names, new)

    def _report(self) -> str:
        """Gives the case."""
        new = self._new_id()
        self._queue[new] = {"case_id": new, "reopened": False, "looks": 0}
        return new

    def _decide(self, case_id: str, decision: str, now: str) -> Json:
        if self._queue.get(case_id, {"looks": -1})["looks"] < self._later:
            return {"case_id": case_id, "result": "refused", "code": "not_found"}
        del self._queue[case_id]
        if decision == "eligible":
            new = self._new_id()
            self._referrals[new] = {"referral_id": new, "case_id": case_id, "agency": "DOE", "referred_at": now, "looks": 0}
        return {"case_id": case_id, "result": "decided"}

    def _read(self, request: httpx.Request) -> httpx.Response:
        if request.url.path.startswith("/reports/"):
            return httpx.Response(200, content=f"{request.url.path} {request.url.query.decode()}")
        if request.url.path.startswith("/imports/"):
            return httpx.Response(200, json=self._imports.look(request.url.path.removeprefix("/imports/")))
        if request.url.path == "/position":
            return httpx.Response(200, json={"caught_up": True})
        items = {"/queue": self._queue, "/referrals": self._referrals}.get(request.url.path, {})
        for item in items.values():
            item["looks"] += 1
        shown = [item for item in items.values() if item["looks"] >= self._later]
        # Pages of two, whatever was asked for.
        start = int(parse_qs(request.url.query.decode()).get("cursor", ["0"])[0])
        following = str(start + 2) if start + 2 < len(shown) else None
        return httpx.Response(200, json={"items": shown[start : start + 2], "next_cursor": following})

    def _new_id(self) -> str:
        self._ids += 1
        return f"id-{self._ids:04}"


def problem(status: int, code: str, **more: Any) -> httpx.Response:
    return httpx.Response(status, json={"status": status, "code": code, **more})

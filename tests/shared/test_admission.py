"""A whole api with its limits, as it is put together: who is refused, in which order, and how the log names them. It needs no
database: nobody gets that far."""

import base64
import io
import json
import logging
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import httpx
import jsonschema_rs
import pytest
from prometheus_client import REGISTRY

from services.intake.app import DEFINITION
from shared.dev_issuer import DevIssuer, TokenRequest, new_issuer_key
from shared.logs import json_lines
from shared.process.api import build_api
from shared.settings import Settings
from shared.web.limits import UNCOUNTED

KEY = base64.b64encode(b"k" * 32).decode()
NOWHERE = "/needs/none"
"""Answered with 404 after the token, and before the database."""


@dataclass(frozen=True)
class Api:
    http: httpx.AsyncClient
    issuer: DevIssuer

    def token(self, subject: str) -> dict[str, str]:
        wanted = TokenRequest(sub=subject, roles=["province_officer"], provinces=["20"])
        return {"Authorization": f"Bearer {self.issuer.issue(wanted).access_token}"}

    async def statuses(self, count: int, headers: dict[str, str], path: str = NOWHERE) -> list[int]:
        return [(await self.http.get(path, headers=headers)).status_code for _ in range(count)]


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[Api]:
    pem, jwks = new_issuer_key()
    (tmp_path / "key.pem").write_bytes(pem)
    (tmp_path / "jwks.json").write_bytes(jwks)
    settings = Settings(
        ENV="development",
        database="host=127.0.0.1 port=9",
        pepper=KEY,
        jwks=str(tmp_path / "jwks.json"),
        dev_issuer_key=tmp_path / "key.pem",
        limit_subject=3,
        limit_address=12,
    )
    transport = httpx.ASGITransport(build_api(DEFINITION, settings), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://intake") as http:
        yield Api(http, DevIssuer(settings))


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    stream = io.StringIO()
    handler = json_lines("intake", "api", stream)
    logger = logging.getLogger("shared.web.measured")
    before = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    yield stream
    logger.removeHandler(handler)
    logger.setLevel(before)


def refused(reason: str) -> float:
    return REGISTRY.get_sample_value("songtor_http_refused_total", {"reason": reason}) or 0.0


async def test_a_caller_past_the_limit_is_refused_and_another_of_the_same_office_is_not(api: Api) -> None:
    before = refused("subject")
    assert await api.statuses(5, api.token("somchai")) == [404, 404, 404, 429, 429]
    assert await api.statuses(1, api.token("somying")) == [404]
    assert refused("subject") == before + 2


async def test_a_bad_token_counts_for_its_address_alone(api: Api) -> None:
    assert await api.statuses(14, {"Authorization": "Bearer nothing"}) == [401] * 12 + [429] * 2
    assert await api.statuses(1, api.token("somchai")) == [429]


async def test_probes_are_answered_when_the_address_is_past_its_limit(api: Api) -> None:
    assert (await api.statuses(13, {}, "/nowhere"))[-1] == 429
    for path in sorted(UNCOUNTED - {"/readyz"}):
        assert await api.statuses(1, {}, path) == [200]


async def test_the_document_names_the_problems_of_every_route(api: Api) -> None:
    document = (await api.http.get("/openapi.json")).json()
    problem = (await api.http.get("/audit")).json()
    operations = [operation for methods in document["paths"].values() for operation in methods.values()]
    assert operations
    for operation in operations:
        schema = operation["responses"]["401"]["content"]["application/problem+json"]["schema"]
        jsonschema_rs.validate(schema | {"components": document["components"]}, problem)


async def test_a_request_is_logged_with_an_opaque_actor_and_why_it_was_refused(api: Api, written: io.StringIO) -> None:
    subject = f"somchai {uuid4()}"
    await api.statuses(4, api.token(subject))
    await api.statuses(1, {"Authorization": "Bearer nothing"})
    lines = [json.loads(line) for line in written.getvalue().splitlines()]
    assert [(line["status"], line["code"]) for line in lines] == [
        *[(404, "not_found")] * 3,
        (429, "too_many_requests"),
        (401, "unauthorized"),
    ]
    assert len({line["actor"] for line in lines[:4]}) == 1
    assert "actor" not in lines[4]
    assert "somchai" not in written.getvalue()

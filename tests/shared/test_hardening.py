"""What is around every route: headers for browsers, problems for whatever goes wrong, and one line in the log."""

import io
import json
import logging
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, Response

from shared.logs import json_lines, within
from shared.process.api import harden
from shared.web.hardening import HEADERS, HSTS
from shared.web.problems import answer_problems

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"  # pragma: allowlist secret
CITIZEN = "1970100000011"


def application() -> FastAPI:
    app = FastAPI()
    answer_problems(app)
    harden(app)

    @app.get("/people/{person}")
    async def person(person: str) -> str:
        return person

    @app.get("/page")
    async def page() -> Response:
        return Response("<p>", headers={"Content-Security-Policy": "default-src 'self'"}, media_type="text/html")

    @app.get("/broken")
    async def broken() -> None:
        raise KeyError("สมใจ")

    @app.get("/healthz")
    async def healthz() -> str:
        return "alive"

    return app


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(application(), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
        yield client


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    stream = io.StringIO()
    handler = json_lines("intake", "api", stream)
    logger = logging.getLogger("shared.web")
    logger.addHandler(handler)
    before = logger.level
    logger.setLevel(logging.INFO)
    yield stream
    logger.removeHandler(handler)
    logger.setLevel(before)


def lines(written: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in written.getvalue().splitlines()]


@pytest.mark.parametrize("path", ["/people/1", "/nowhere", "/broken", "/healthz"])
async def test_every_answer_tells_a_browser_to_be_careful(http: httpx.AsyncClient, path: str) -> None:
    answer = await http.get(path)
    for name, value in HEADERS.items():
        assert answer.headers.get_list(name) == [value], (path, name)
    assert HSTS[0] not in answer.headers


async def test_what_a_page_says_for_itself_stands(http: httpx.AsyncClient) -> None:
    answer = await http.get("/page")
    assert answer.headers.get_list("Content-Security-Policy") == ["default-src 'self'"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


async def test_over_tls_a_browser_is_told_to_stay_there(http: httpx.AsyncClient) -> None:
    assert (await http.get("https://service/people/1")).headers[HSTS[0]] == HSTS[1]


async def test_no_other_site_is_let_in(http: httpx.AsyncClient) -> None:
    asked = {"Origin": "https://elsewhere.example", "Access-Control-Request-Method": "GET"}
    answers = [await http.options("/people/1", headers=asked), await http.get("/people/1", headers=asked)]
    assert not any(name.startswith("access-control") for answer in answers for name in answer.headers)
    assert answers[0].status_code == 405


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nowhere", 404, "not_found"),
        ("DELETE", "/people/1", 405, "method_not_allowed"),
        ("TRACE", "/people/1", 405, "method_not_allowed"),
        ("GET", "/broken", 500, "internal_error"),
    ],
)
async def test_whatever_goes_wrong_is_a_problem(http: httpx.AsyncClient, method: str, path: str, status: int, code: str) -> None:
    answer = await http.request(method, path)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert answer.json()["code"] == code


async def test_a_request_is_one_line_that_names_no_address(http: httpx.AsyncClient, written: io.StringIO) -> None:
    traced = {"traceparent": f"00-{TRACE}-00f067aa0ba902b7-01"}
    await http.get(f"/people/{CITIZEN}?name=สมใจ", headers=traced)
    (line,) = lines(written)
    assert {name: line[name] for name in ("message", "method", "route", "status", "trace_id")} == {
        "message": "request",
        "method": "GET",
        "route": "/people/{person}",
        "status": 200,
        "trace_id": TRACE,
    }
    assert line["ms"] >= 0
    assert len(line["request_id"]) == 36
    assert "สมใจ" not in written.getvalue()
    assert CITIZEN not in written.getvalue()


async def test_a_request_without_a_trace_begins_one_and_what_is_around_is_left(
    http: httpx.AsyncClient, written: io.StringIO
) -> None:
    with within("outer"):
        await http.get("/nowhere", headers={"traceparent": f"00-{CITIZEN}-1-1"})
    (line,) = lines(written)
    assert (line["route"], line["status"], line["code"]) == ("unknown", 404, "not_found")
    assert line["trace_id"] == line["request_id"].replace("-", "")


async def test_a_failure_is_a_line_of_the_same_request_without_its_words(http: httpx.AsyncClient, written: io.StringIO) -> None:
    await http.get("/broken")
    found = {line["message"]: line for line in lines(written)}
    assert found["request"]["status"] == 500
    assert found["request"]["request_id"] == found["unexpected failure"]["request_id"]
    assert found["unexpected failure"]["exception"][0]["type"] == "KeyError"
    assert "สมใจ" not in written.getvalue()


async def test_probes_are_not_worth_a_line(http: httpx.AsyncClient, written: io.StringIO) -> None:
    await http.get("/healthz")
    assert lines(written) == []

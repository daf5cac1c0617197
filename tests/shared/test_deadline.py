"""How long a request may last, and what is said when it lasts longer. On a clock that does not wait."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI, Request
from fastapi.responses import StreamingResponse

from shared.web.deadline import ANSWER_SECONDS, IDLE_SECONDS, IMPORT_SECONDS, Deadline
from tests.support.hurry import hurried

PIECES = 6
STEP = 6.0
"""Between two pieces; of all of them it comes to more than either deadline."""


def app_with_routes(cancelled: list[str]) -> FastAPI:
    app = FastAPI()
    app.add_middleware(Deadline)

    @app.post("/slow")
    async def slow() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.append("slow")

    @app.get("/steady")
    async def steady() -> StreamingResponse:
        async def pieces() -> AsyncIterator[bytes]:
            for _ in range(PIECES):
                await asyncio.sleep(STEP)
                yield b"piece"

        return StreamingResponse(pieces())

    @app.get("/stuck")
    async def stuck() -> StreamingResponse:
        async def pieces() -> AsyncIterator[bytes]:
            yield b"piece"
            try:
                await asyncio.Event().wait()
            finally:
                cancelled.append("stuck")

        return StreamingResponse(pieces())

    @app.post("/needs/import")
    @app.post("/needs")
    async def taken(request: Request) -> int:
        return len(await request.body())

    @app.post("/volunteers/import")
    async def taken_in(request: Request) -> int:
        await request.body()
        await asyncio.sleep(IMPORT_SECONDS - 1)
        return PIECES

    @app.get("/imports/{import_id}.xlsx")
    async def given_back(import_id: str) -> str:
        await asyncio.sleep(ANSWER_SECONDS + 1)
        return import_id

    @app.get("/own")
    async def own() -> None:
        raise TimeoutError("of something else")

    return app


@pytest.fixture
def cancelled() -> list[str]:
    return []


@pytest.fixture
def http(cancelled: list[str]) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app_with_routes(cancelled), raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://service")


async def body(pieces: int = PIECES) -> AsyncIterator[bytes]:
    for _ in range(pieces):
        await asyncio.sleep(STEP)
        yield b"piece"


def test_what_does_not_begin_to_answer_in_time_is_cancelled_and_said_so(http: httpx.AsyncClient, cancelled: list[str]) -> None:
    answer, seconds = hurried(http.post("/slow"))
    assert (answer.status_code, answer.headers["content-type"]) == (504, "application/problem+json")
    assert answer.json()["code"] == "deadline_exceeded"
    assert cancelled == ["slow"]
    assert seconds == pytest.approx(ANSWER_SECONDS)


def test_a_stream_may_last_as_long_as_bytes_come(http: httpx.AsyncClient) -> None:
    answer, seconds = hurried(http.get("/steady"))
    assert answer.content == b"piece" * PIECES
    assert seconds == pytest.approx(PIECES * STEP)
    assert seconds > max(ANSWER_SECONDS, IDLE_SECONDS)


def test_a_stream_that_falls_silent_is_given_up(http: httpx.AsyncClient, cancelled: list[str]) -> None:
    with pytest.raises(AssertionError, match=r"^$"):  # the transport's: the answer has no end
        hurried(http.get("/stuck"))
    assert cancelled == ["stuck"]


def test_an_import_may_be_sent_as_long_as_bytes_come(http: httpx.AsyncClient) -> None:
    answer, seconds = hurried(http.post("/needs/import", content=body()))
    assert answer.json() == 5 * PIECES
    assert seconds > max(ANSWER_SECONDS, IDLE_SECONDS)


def test_what_an_import_has_sent_may_be_worked_at_for_long(http: httpx.AsyncClient) -> None:
    answer, seconds = hurried(http.post("/volunteers/import", content=body(1)))
    assert answer.json() == PIECES
    assert seconds == pytest.approx(STEP + IMPORT_SECONDS - 1)
    answer, seconds = hurried(http.get("/imports/one.xlsx"))
    assert answer.json() == "one"
    assert seconds == pytest.approx(ANSWER_SECONDS + 1)


def test_an_import_that_stops_in_the_middle_of_its_body_is_given_up(http: httpx.AsyncClient) -> None:
    async def stuck() -> AsyncIterator[bytes]:
        yield b"piece"
        await asyncio.Event().wait()

    answer, seconds = hurried(http.post("/needs/import", content=stuck()))
    assert answer.json()["code"] == "deadline_exceeded"
    assert seconds == pytest.approx(IDLE_SECONDS)


def test_another_body_that_comes_slowly_is_not_waited_for(http: httpx.AsyncClient) -> None:
    answer, seconds = hurried(http.post("/needs", content=body()))
    assert answer.json()["code"] == "deadline_exceeded"
    assert seconds == pytest.approx(ANSWER_SECONDS)


def test_a_timeout_of_somebody_elses_is_left_to_them(http: httpx.AsyncClient) -> None:
    assert hurried(http.get("/own"))[0].status_code == 500


def test_the_times_are_those_that_are_promised() -> None:
    assert (ANSWER_SECONDS, IDLE_SECONDS, IMPORT_SECONDS) == (12.0, 30.0, 900.0)

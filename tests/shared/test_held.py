"""What holds the answers of tests to the documents lets nothing through that a document does not name."""

from typing import Any

import httpx
import pytest
from fastapi import FastAPI, Request, Response
from pydantic import BaseModel

from shared.errors import RefusedError
from shared.web.openapi import describe
from shared.web.problems import answer_problems
from shared.web.refusals import refuses
from tests.support.held import Document

JSON = "application/json"


class Inner(BaseModel):
    number: int


class Thing(BaseModel):
    inner: Inner


def described() -> tuple[FastAPI, Document]:
    app = FastAPI()
    answer_problems(app)

    @app.get("/things", response_model=Thing)
    @refuses(409, "wrong_state")
    async def things(request: Request) -> Any:
        raise RefusedError(request.query_params["code"])

    describe(app, development=False)
    return app, Document(app.openapi())


async def refused(code: str) -> list[str]:
    app, document = described()
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://things") as http:
        answer = await http.get("/things", params={"code": code})
    assert answer.status_code == 409
    return [*document.faults("GET", "/things", answer)]


async def test_a_refusal_is_held_to_its_code() -> None:
    assert await refused("wrong_state") == []
    assert "already_decided" in str(await refused("already_decided"))


@pytest.mark.parametrize(
    ("answer", "fault"),
    [
        (httpx.Response(200, json={"inner": {"number": 1}}), ""),
        (httpx.Response(202, json={"inner": {"number": 1}}), "status 202"),
        (httpx.Response(200, text="number,1", headers={"Content-Type": "text/csv; charset=utf-8"}), "media type text/csv"),
        (httpx.Response(200, json={"inner": {}}), '"number" is a required property'),
        (httpx.Response(200, json={"inner": {"number": 1, "more": 2}}), "'more' was unexpected"),
        (httpx.Response(200, json={"inner": {"number": 1}, "more": 2}), "'more' was unexpected"),
    ],
    ids=["as described", "status", "media type", "missing", "a field more below", "a field more"],
)
def test_an_answer_is_held_to_its_shape_and_to_nothing_beside_it(answer: httpx.Response, fault: str) -> None:
    found = [*described()[1].faults("GET", "/things", answer)]
    assert fault in str(found)
    assert bool(found) == bool(fault)


def test_a_suffix_that_names_a_format_is_no_other_operation_and_a_route_without_description_says_nothing() -> None:
    document, answer = described()[1], httpx.Response(202, json={})
    assert [*document.faults("GET", "/things.{suffix}", answer)] == ["status 202"]
    assert [*document.faults("GET", "/healthz", answer)] == []


def test_a_route_names_what_follows_from_what_it_takes_and_what_it_says_of_itself() -> None:
    app = FastAPI()

    @app.get("/things/{number}")
    @refuses(409, "wrong_state")
    @refuses(409, "closed")
    async def thing(number: int) -> Response:
        return Response(str(number))

    describe(app, development=False)
    responses = app.openapi()["paths"]["/things/{number}"]["get"]["responses"]
    assert {*responses} == {"200", "404", "409", "422", "429", "500", "504"}
    exact = responses["409"]["content"]["application/problem+json"]["schema"]["allOf"][1]["properties"]
    assert {*exact["code"]["enum"]} == {"wrong_state", "closed"}

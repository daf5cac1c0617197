"""What holds services to their documents finds what is not as described."""

from typing import Any

import httpx
import pytest
from fastapi import FastAPI, Request, Response

from shared.fields import Body
from shared.web.openapi import takes
from tests.support.described import Described

JSON = "application/json"
GOOD = Response(b'{"number": 1}', media_type=JSON)
REFUSED = Response(b"{}", 422, media_type=JSON)


class Thing(Body):
    number: int


async def findings(answer: Response | None, *, to_bad: Response | None = REFUSED) -> str:
    """What is found about an operation that answers so. None: it fails."""
    app = FastAPI()

    @app.post("/things", response_model=Thing, responses={422: {}}, openapi_extra=takes(Thing))
    async def things(request: Request) -> Any:
        try:
            Thing.model_validate_json(await request.body())
        except ValueError:
            return to_bad
        assert answer is not None
        return answer

    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://things") as http:
        described = await Described.of(http)
        try:
            assert await described.ask_all(10, {}) == 20
        except ExceptionGroup as group:
            return "\n".join(str(one) for found in group.exceptions for one in getattr(found, "exceptions", [found]))
    assert described.not_done == set()
    return ""


async def test_nothing_is_found_where_all_is_as_described() -> None:
    assert await findings(GOOD) == ""


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        (None, "Server error"),
        (Response(GOOD.body, 202, media_type=JSON), "Undocumented status code"),
        (Response(b"number,1", media_type="text/csv"), "Undocumented Content-Type"),
        (Response(b'{"number": "one"}', media_type=JSON), "Response violates schema"),
    ],
    ids=["failure", "status", "media type", "shape"],
)
async def test_an_answer_that_is_not_as_described_is_found(answer: Response | None, found: str) -> None:
    assert found in await findings(answer)


async def test_what_is_taken_though_the_document_forbids_it_is_found() -> None:
    assert "Schema-violating request accepted" in await findings(GOOD, to_bad=GOOD)

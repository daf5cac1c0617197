"""The issuer's keys over HTTP."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from shared.dev_issuer import public_jwk
from shared.errors import UnauthorizedError, UnavailableError
from shared.jwks import FRESH_S, KeySet

pytestmark = pytest.mark.integration


@dataclass
class Issuer:
    """A key server that counts how often it is asked, and can be told to fail."""

    keys: list[dict[str, Any]] = field(default_factory=list)
    status: str = "200 OK"
    asked: int = 0
    address: str = ""

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        self.asked += 1
        body = json.dumps({"keys": self.keys}).encode()
        writer.write(f"HTTP/1.1 {self.status}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode() + body)
        await writer.drain()
        writer.close()
        await writer.wait_closed()


@pytest.fixture
async def issuer() -> AsyncIterator[Issuer]:
    made = Issuer()
    async with await asyncio.start_server(made.answer, "127.0.0.1", 0) as server:
        made.address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/keys"
        yield made


def jwk() -> dict[str, Any]:
    return public_jwk(ec.generate_private_key(ec.SECP256R1()))


async def test_keys_are_fetched_once_for_many_who_ask_at_once(issuer: Issuer) -> None:
    issuer.keys = [jwk(), jwk()]
    keys = KeySet(issuer.address)
    found = await asyncio.gather(*(keys.key(issuer.keys[number % 2]["kid"]) for number in range(20)))
    assert {key.key_id for key in found} == {key["kid"] for key in issuer.keys}
    assert issuer.asked == 1
    with pytest.raises(UnauthorizedError):
        await keys.key("unknown")
    assert issuer.asked == 1


async def test_an_issuer_that_answers_with_errors_takes_no_known_key_away(issuer: Issuer) -> None:
    now = 1000.0
    issuer.keys = [jwk()]
    kid = issuer.keys[0]["kid"]
    keys = KeySet(issuer.address, monotonic=lambda: now)
    await keys.key(kid)
    issuer.status = "500 Internal Server Error"
    now += FRESH_S
    assert (await keys.key(kid)).key_id == kid
    assert issuer.asked == 2


async def test_an_issuer_that_is_not_there_is_a_reason_to_come_again_and_not_a_bad_token(issuer: Issuer) -> None:
    issuer.status = "503 Service Unavailable"
    for address in (issuer.address, "http://127.0.0.1:1/keys"):
        with pytest.raises(UnavailableError, match="issuer_unavailable"):
            await KeySet(address).key("any")

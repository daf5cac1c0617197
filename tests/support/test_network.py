"""What keeps tests without a mark from connecting, seen from such a test."""

import asyncio
import socket

import psycopg
import pytest

from tests.support.network import NoNetworkError


def test_a_test_without_a_mark_cannot_open_a_connection() -> None:
    with socket.socket() as one, pytest.raises(NoNetworkError):
        one.connect(("127.0.0.1", 9))
    with socket.socket() as one, pytest.raises(NoNetworkError):
        one.connect_ex(("127.0.0.1", 9))


async def test_a_test_without_a_mark_cannot_connect_through_its_loop() -> None:
    with pytest.raises(NoNetworkError):
        await asyncio.open_connection("127.0.0.1", 9)


async def test_a_test_without_a_mark_cannot_reach_a_database() -> None:
    with pytest.raises(NoNetworkError):
        psycopg.connect("host=127.0.0.1 port=9")
    with pytest.raises(NoNetworkError):
        await psycopg.AsyncConnection.connect("host=127.0.0.1 port=9")


def test_loops_still_work_without_a_network() -> None:
    async def nothing() -> int:
        return await asyncio.to_thread(lambda: 1)

    with asyncio.Runner() as runner:
        assert runner.run(nothing()) == 1

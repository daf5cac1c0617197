"""What keeps a test without a mark from reaching any server: it would then need one, and be slow or fail by luck."""

import socket
from typing import NoReturn

import psycopg
import pytest

MARKS = ("integration", "e2e", "slow")


class NoNetworkError(RuntimeError):
    """A test without a mark tried to connect."""


def refuse(*_: object, **__: object) -> NoReturn:
    raise NoNetworkError(f"a test that connects must carry one of the marks {', '.join(MARKS)}")


def close(monkeypatch: pytest.MonkeyPatch) -> None:
    """No connections by Python's sockets (loops work: their pair of sockets is not connected) and none by libpq."""
    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket.socket, "connect_ex", refuse)
    monkeypatch.setattr(psycopg, "connect", refuse)
    monkeypatch.setattr(psycopg.Connection, "connect", refuse)
    monkeypatch.setattr(psycopg.AsyncConnection, "connect", refuse)

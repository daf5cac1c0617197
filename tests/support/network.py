"""What keeps a test without a mark from reaching any server: it would then need one, and be slow or fail by luck."""

import socket
from collections.abc import Callable
from functools import wraps
from inspect import getattr_static
from typing import Any

import psycopg

MARKS = ("integration", "e2e", "slow")
DOORS = (
    (socket.socket, "connect"),
    (socket.socket, "connect_ex"),
    (psycopg, "connect"),
    (psycopg.Connection, "connect"),
    (psycopg.AsyncConnection, "connect"),
)
"""Python's sockets (loops work: their pair of sockets is not connected) and libpq."""


class NoNetworkError(RuntimeError):
    """A test without a mark tried to connect."""


class Network:
    """Open or closed for the test that runs. Put in place once: to do it for each test would take longer than most of them."""

    def __init__(self) -> None:
        self.open = True

    def guard(self) -> None:
        """From now on connecting asks whether it may."""
        for place, name in DOORS:
            door = getattr_static(place, name)
            bound_to_class = isinstance(door, classmethod)  # and must stay so for those who inherit it
            asked_first = self._asked_first(door.__func__ if bound_to_class else door)
            setattr(place, name, classmethod(asked_first) if bound_to_class else asked_first)

    def _asked_first(self, connect: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(connect)
        def connect_if_open(*arguments: Any, **named: Any) -> Any:
            if not self.open:
                raise NoNetworkError(f"a test that connects must carry one of the marks {', '.join(MARKS)}")
            return connect(*arguments, **named)

        return connect_if_open

"""Ports of this machine: which are free, and where to find some that nobody takes by accident."""

import random
import socket
from collections.abc import Iterable

from deploy.local.failures import StackError

# Below the range that systems hand out for outgoing connections (Linux: from 32768), so that a port stays
# free while the server that owns it is down for a moment.
LOWEST, HIGHEST = 10_000, 29_999
TRIES = 500


def is_free(port: int) -> bool:
    """Whether a server could listen there now, on every address that it may want."""
    for host in ("127.0.0.1", "0.0.0.0"):  # nosec B104 # to see that a port is free, for a moment
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError:
                return False
    return True


def taken(ports: Iterable[int]) -> list[int]:
    return [port for port in ports if not is_free(port)]


def refuse_taken(ports: Iterable[int]) -> None:
    """Raises StackError: a server on a port that another one has would be taken for that one."""
    if found := taken(ports):
        raise StackError(f"ports in use by somebody else: {', '.join(map(str, found))}")


def free_ports(count: int) -> list[int]:
    """Different ports, free now."""
    found: list[int] = []
    for port in random.sample(range(LOWEST, HIGHEST), TRIES):
        if is_free(port):
            found.append(port)
        if len(found) == count:
            return found
    raise OSError(f"no {count} free ports between {LOWEST} and {HIGHEST}")


def free_base(offsets: Iterable[int]) -> int:
    """A base such that all base + offset are free now."""
    offsets = tuple(offsets)
    for base in random.sample(range(LOWEST, HIGHEST, 100), (HIGHEST - LOWEST) // 100):
        if not taken(base + offset for offset in offsets):
            return base
    raise OSError(f"no free block of ports between {LOWEST} and {HIGHEST}")

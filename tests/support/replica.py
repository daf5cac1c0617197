"""One more process of a service beside those that a stack has: the same settings, a port and a replica's name of its own."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from tempfile import TemporaryDirectory

import httpx

from deploy.local import kept
from deploy.local.cache import ROOT
from deploy.local.ports import free_ports
from deploy.local.programs import service_environment
from deploy.local.waiting import wait_until
from tests.support.local_stack import LocalStack

READY_SECONDS = 30.0
STOP_SECONDS = 15.0


@contextlib.contextmanager
def replica(stack: LocalStack, service: str, role: str, name: str = "second") -> Iterator[str]:
    """Ready when given, as its address; asked to leave at the end, which it must do in order."""
    (port,) = free_ports(1)
    with TemporaryDirectory(prefix="songtor-replica-") as scratch:
        environment = _environment(stack, service, role) | {"SONGTOR_REPLICA": name, "SONGTOR_DATA_DIR": scratch}
        environment["SONGTOR_PORT" if role == "api" else "SONGTOR_WORKER_PORT"] = str(port)
        command = [sys.executable, "-m", f"services.{service}", role]
        with (stack.layout.log / f"{service}-{role}-{name}.log").open("ab") as log:
            process = subprocess.Popen(command, env=os.environ | environment, cwd=ROOT, stdout=log, stderr=log)
        try:
            url = f"http://127.0.0.1:{port}"
            assert wait_until(lambda: _ready(url), READY_SECONDS, every=0.1), f"{service} {role} {name} does not come up"
            yield url
            process.send_signal(signal.SIGTERM)
            assert process.wait(STOP_SECONDS) in (0, -signal.SIGTERM)
        finally:
            process.kill()
            process.wait(STOP_SECONDS)


def _environment(stack: LocalStack, service: str, role: str) -> dict[str, str]:
    chosen = kept.read(stack.layout)
    assert chosen is not None
    return service_environment(stack.layout, chosen, stack.file.addresses(), service, role)


def _ready(url: str) -> bool:
    try:
        return httpx.get(f"{url}/readyz", trust_env=False).status_code == httpx.codes.OK
    except httpx.TransportError:
        return False

"""How the processes of a stack are: what the supervisor says of each, and what each says of itself at /readyz."""

import asyncio
from dataclasses import dataclass

import httpx
from psycopg.conninfo import conninfo_to_dict

from deploy.local import kafka, postgres
from deploy.local.failures import StackError
from deploy.local.layout import Layout, program_name, services_and_roles
from deploy.local.programs import KAFKA, POSTGRES
from deploy.local.stack_file import StackFile, read_stack
from deploy.local.supervision import State, Supervisor

ASK_SECONDS = 5.0


@dataclass(frozen=True)
class Health:
    """One process. `state` is the supervisor's word for it (`GIVEN`, `CONTAINER`: it is not the supervisor's); `failing` says
    what a process itself finds wrong."""

    state: str
    pid: int | None
    address: str
    ready: bool
    failing: dict[str, str]


def addresses(stack: StackFile) -> dict[str, str]:
    """Of the ten processes, by program name."""
    return {
        program_name(service, role): stack.services[service].url if role == "api" else stack.services[service].worker_url
        for service, role in services_and_roles()
    }


def failing(stack: StackFile) -> dict[str, dict[str, str]]:
    """What is wrong with each of the ten processes; empty for one that is ready."""
    return asyncio.run(_ask_all(addresses(stack)))


def ready_services(stack: StackFile) -> list[str]:
    return [name for name, wrong in failing(stack).items() if not wrong]


def health_of(layout: Layout) -> dict[str, Health] | None:
    """Every process of the stack by name; None where there never was one."""
    stack = read_stack(layout)
    if stack is None:
        return None
    states = _states(layout)
    database = next(iter(stack.databases.values()))
    found = {
        KAFKA: _server(KAFKA, states, stack.kafka_door.name, stack.kafka_bootstrap, kafka.answers(stack.broker())),
        POSTGRES: _server(POSTGRES, states, stack.postgres_door.name, _place(database), postgres.answers(database)),
    }
    wrong = failing(stack)
    for name, address in addresses(stack).items():
        state = states.get(name)
        found[name] = Health(state.state if state else "STOPPED", _pid(state), address, not wrong[name], wrong[name])
    return found


def _states(layout: Layout) -> dict[str, State]:
    try:
        return Supervisor(layout).states()
    except StackError:
        return {}


def _server(name: str, states: dict[str, State], door: str, address: str, answers: bool) -> Health:
    state = states.get(name)
    other = "STOPPED" if door == "NATIVE" else door
    wrong = {} if answers else {name: "does not answer"}
    return Health(state.state if state else other, _pid(state), address, answers, wrong)


def _pid(state: State | None) -> int | None:
    """None, not 0, for one that does not run: somebody may want to send it a signal, and 0 means everybody."""
    return state.pid or None if state else None


def _place(dsn: str) -> str:
    parts = conninfo_to_dict(dsn)
    return f"{parts.get('host')}:{parts.get('port')}"


async def _ask_all(urls: dict[str, str]) -> dict[str, dict[str, str]]:
    async with httpx.AsyncClient(timeout=ASK_SECONDS, trust_env=False) as client:
        answers = await asyncio.gather(*(_ask(client, url) for url in urls.values()))
    return dict(zip(urls, answers, strict=True))


async def _ask(client: httpx.AsyncClient, url: str) -> dict[str, str]:
    try:
        answer = await client.get(f"{url}/readyz")
        if answer.status_code == httpx.codes.OK:
            return {}
        found = answer.json().get("failing")
        return found if isinstance(found, dict) and found else {"readyz": str(answer.status_code)}
    except (httpx.HTTPError, ValueError, AttributeError) as error:
        return {"readyz": type(error).__name__}

"""`<data>/stack.json`: where everything of a running stack is, for people, players and tests."""

import json
from dataclasses import asdict, dataclass

from deploy.local.doors import Door
from deploy.local.kept import Kept, write_private
from deploy.local.layout import VAULT, Layout, port_of, program_name
from deploy.local.programs import Addresses
from shared.events.catalogue import SERVICES


@dataclass(frozen=True)
class Service:
    """Addresses of the api and of the worker's health server, and where they log."""

    url: str
    worker_url: str
    log: str
    worker_log: str


@dataclass(frozen=True)
class StackFile:
    """`databases` and `vault` are DSNs of roles that own nothing; `owners` those of the tables' owners, the vault's included."""

    kafka_bootstrap: str
    databases: dict[str, str]
    vault: str
    owners: dict[str, str]
    services: dict[str, Service]
    reports: str
    kafka_door: Door
    postgres_door: Door


def write_stack(layout: Layout, kept: Kept, addresses: Addresses, *, kafka_door: Door, postgres_door: Door) -> StackFile:
    found = StackFile(
        kafka_bootstrap=addresses.bootstrap,
        databases={name: database.app for name, database in addresses.databases.items() if name != VAULT},
        vault=addresses.databases[VAULT].app,
        owners={name: database.owner for name, database in addresses.databases.items()},
        services={service: _service(layout, kept.port_base, service) for service in SERVICES},
        reports=str(layout.reports),
        kafka_door=kafka_door,
        postgres_door=postgres_door,
    )
    write_private(layout.stack, json.dumps(as_json(found), indent=1).encode())
    return found


def read_stack(layout: Layout) -> StackFile | None:
    """None where no stack ever came up."""
    if not layout.stack.exists():
        return None
    found = json.loads(layout.stack.read_bytes())
    found["services"] = {name: Service(**service) for name, service in found["services"].items()}
    found["kafka_door"], found["postgres_door"] = Door(found["kafka_door"]), Door(found["postgres_door"])
    return StackFile(**found)


def as_json(stack: StackFile) -> dict[str, object]:
    return asdict(stack) | {"kafka_door": stack.kafka_door.value, "postgres_door": stack.postgres_door.value}


def _service(layout: Layout, base: int, service: str) -> Service:
    return Service(
        url=f"http://127.0.0.1:{port_of(base, service, 'api')}",
        worker_url=f"http://127.0.0.1:{port_of(base, service, 'worker')}",
        log=str(layout.log_of(program_name(service, "api"))),
        worker_log=str(layout.log_of(program_name(service, "worker"))),
    )

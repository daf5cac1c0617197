"""`<data>/stack.json`: where everything of a running stack is, for people, players and tests."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from pydantic import SecretStr

from deploy.local.databases import VAULT, Database, VaultDatabase
from deploy.local.doors import Door
from deploy.local.kept import Kept
from deploy.local.layout import Layout, port_of, program_name
from deploy.local.private import write_private
from deploy.local.programs import Addresses
from shared.broker import Broker, Security
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
    """`databases` and `vaults` are DSNs of roles that own nothing, by service; `owners` those of the tables' owners, the
    vault's included.
    `kafka_passwords` are by user: the admin, services and agencies; where Kafka is `plaintext` there is no admin and
    nobody needs one."""

    kafka_bootstrap: str
    kafka_security: Security
    kafka_ca: str | None
    kafka_admin: str | None
    kafka_passwords: dict[str, str]
    databases: dict[str, str]
    vaults: dict[str, str]
    owners: dict[str, str]
    services: dict[str, Service]
    reports: str
    kafka_door: Door
    postgres_door: Door

    def broker(self, user: str | None = None) -> Broker:
        """Kafka as that user, or as its admin."""
        name = user or self.kafka_admin
        if name is None or self.kafka_security == "plaintext":
            return Broker(self.kafka_bootstrap)
        ca = Path(self.kafka_ca) if self.kafka_ca else None
        return Broker(self.kafka_bootstrap, self.kafka_security, name, SecretStr(self.kafka_passwords[name]), ca)

    def addresses(self) -> Addresses:
        """What the processes were told of."""
        databases = {name: Database(owner=self.owners[name], app=app) for name, app in self.databases.items()}
        return Addresses(self.broker(), self.kafka_passwords, databases, VaultDatabase(self.owners[VAULT], self.vaults))


def write_stack(layout: Layout, kept: Kept, addresses: Addresses, *, kafka_door: Door, postgres_door: Door) -> StackFile:
    broker = addresses.broker
    found = StackFile(
        kafka_bootstrap=broker.bootstrap,
        kafka_security=broker.security,
        kafka_ca=str(broker.ca) if broker.ca else None,
        kafka_admin=broker.user,
        kafka_passwords=addresses.passwords | _of_admin(broker),
        databases={name: database.app for name, database in addresses.databases.items()},
        vaults=addresses.vault.apps,
        owners={name: database.owner for name, database in addresses.databases.items()} | {VAULT: addresses.vault.owner},
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
    if found.pop("vault", None):
        found["vaults"] = {}  # of a release whose services had one role there together: it comes up with theirs
    found["services"] = {name: Service(**service) for name, service in found["services"].items()}
    found["kafka_door"], found["postgres_door"] = Door(found["kafka_door"]), Door(found["postgres_door"])
    return StackFile(**found)


def _of_admin(broker: Broker) -> dict[str, str]:
    """A broker that somebody else runs has an admin of its own."""
    return {broker.user: broker.password.get_secret_value()} if broker.user and broker.password else {}


def as_json(stack: StackFile) -> dict[str, object]:
    return asdict(stack) | {"kafka_door": stack.kafka_door.value, "postgres_door": stack.postgres_door.value}


def _service(layout: Layout, base: int, service: str) -> Service:
    return Service(
        url=f"http://127.0.0.1:{port_of(base, service, 'api')}",
        worker_url=f"http://127.0.0.1:{port_of(base, service, 'worker')}",
        log=str(layout.log_of(program_name(service, "api"))),
        worker_log=str(layout.log_of(program_name(service, "worker"))),
    )

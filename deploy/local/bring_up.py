"""The order in which a stack comes up: servers, databases, tables and topics, processes. Every step may be done again."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

from deploy.local import health
from deploy.local.cache import ROOT
from deploy.local.failures import StackError
from deploy.local.kept import Kept
from deploy.local.layout import LOG_END, Layout, program_name, services_and_roles
from deploy.local.programs import MARK, Addresses, Program, migrate_environment, service_programs
from deploy.local.say import say, step
from deploy.local.servers import Servers
from deploy.local.stack_file import StackFile, write_stack
from deploy.local.supervision import Supervisor
from deploy.local.waiting import wait_until
from shared.broker import Broker
from shared.events.catalogue import SERVICES
from shared.settings import Settings
from shared.topics import TopicsNotDeclaredError, declare_all

MIGRATE_SECONDS = 300
READY_SECONDS = 240.0
LOOK_EVERY = 0.3
# More starts than this while coming up: it will not come up.
MOST_STARTS = 4
SERVICE_PROGRAMS = [program_name(service, role) for service, role in services_and_roles()]
# Intake brings up the vault's tables too; the others then find them done.
FIRST = "intake"


def programs(layout: Layout, kept: Kept, servers: Servers) -> list[Program]:
    return [*servers.programs(), *service_programs(layout, kept, servers.addresses(kept))]


def bring_up(layout: Layout, kept: Kept, supervisor: Supervisor, servers: Servers) -> StackFile:
    """Returns when all is ready. Raises StackError."""
    addresses = servers.addresses(kept)
    stack = write_stack(layout, kept, addresses, kafka_door=servers.kafka_door, postgres_door=servers.postgres_door)
    with step("starting Kafka and PostgreSQL"):
        servers.start(layout, supervisor)
        servers.ensure_databases(kept)
        servers.ensure_users(kept)
    with step("bringing topics and tables up to date"):
        _declare_topics(addresses.broker)
        _migrate_all(layout, kept, addresses)
    with step(f"starting {len(SERVICE_PROGRAMS)} processes"):
        supervisor.start_programs(SERVICE_PROGRAMS)
        _wait_until_ready(layout, supervisor, stack)
    return stack


def _declare_topics(broker: Broker) -> None:
    wanted = Settings.model_fields
    try:
        declare_all(broker, partitions=wanted["partitions"].default, replication=wanted["replication"].default)
    except TopicsNotDeclaredError as error:
        raise StackError(str(error)) from error


def _migrate_all(layout: Layout, kept: Kept, addresses: Addresses) -> None:
    def migrate(service: str) -> None:
        _migrate(service, migrate_environment(layout, kept, addresses, service) | {MARK: str(layout.data)})

    migrate(FIRST)
    with ThreadPoolExecutor(max_workers=len(SERVICES)) as together:
        list(together.map(migrate, [service for service in SERVICES if service != FIRST]))


def _migrate(service: str, environment: dict[str, str]) -> None:
    command = [sys.executable, "-m", f"services.{service}", "migrate"]
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("SONGTOR_")}
    done = subprocess.run(
        command, env=inherited | environment, cwd=ROOT, capture_output=True, text=True, timeout=MIGRATE_SECONDS, check=False
    )
    if done.returncode != 0:
        raise StackError(f"the tables of {service} could not be brought up to date:\n{(done.stdout + done.stderr)[-LOG_END:]}")


def _wait_until_ready(layout: Layout, supervisor: Supervisor, stack: StackFile) -> None:
    starts: dict[str, set[int]] = {name: set() for name in SERVICE_PROGRAMS}
    ready: set[str] = set()

    def all_ready() -> bool:
        for name in health.ready_services(stack):
            if name not in ready:
                ready.add(name)
                say(f"  {len(ready):2} of {len(SERVICE_PROGRAMS)} ready: {name}")
        for name, state in supervisor.states().items():
            if name in starts and state.begun:
                starts[name].add(state.begun)
                if len(starts[name]) > MOST_STARTS:
                    raise _not_up(layout, [name])
        return len(ready) == len(SERVICE_PROGRAMS)

    if not wait_until(all_ready, READY_SECONDS, every=LOOK_EVERY):
        raise _not_up(layout, [name for name in SERVICE_PROGRAMS if name not in ready])


def _not_up(layout: Layout, names: list[str]) -> StackError:
    return StackError(f"not ready: {', '.join(names)}. {layout.end_of_log(names[0])}")

"""The programs of a stack, and the supervisor's configuration that keeps them running."""

import os
import shlex
import sys
from dataclasses import dataclass, field, replace
from pathlib import Path

from pydantic import SecretStr

from deploy.local.cache import ROOT
from deploy.local.databases import Database, VaultDatabase
from deploy.local.failures import StackError
from deploy.local.font import find_fonts
from deploy.local.kafka import KafkaNode
from deploy.local.kept import Kept
from deploy.local.layout import Layout, port_of, program_name, services_and_roles
from deploy.local.postgres import PostgresNode
from shared.broker import Broker

KAFKA, POSTGRES = "kafka", "postgres"
# What the stack's processes are known by, should their supervisor be gone.
MARK = "SONGTOR_STACK"
SEALS_ONLY = ("screening",)
"""Who must not be able to open what it seals: it is not told the master key."""
PRINTS = ("registry", "reporting")
LIMITS = ("SONGTOR_LIMIT_SUBJECT", "SONGTOR_LIMIT_ADDRESS", "SONGTOR_LIMIT_STRANGER")
"""Handed on to the services by whoever starts a stack to measure or test it."""
NICE = "SONGTOR_WORKERS_NICE"
"""How far workers stand back (0 to 19) when the cores are busy: whoever answers people goes first. 0 for a stack whose cores have
other work to do, which would go first, too."""
USUALLY_NICE = "10"
LOG_BYTES, LOGS_KEPT = "20MB", 3


@dataclass(frozen=True)
class Program:
    """`start_seconds`: who ends sooner than that is started again with back-off, later ones at once."""

    name: str
    command: list[str]
    directory: Path
    environment: dict[str, str] = field(default_factory=dict)
    user: str | None = None
    stop_signal: str = "TERM"
    stop_seconds: int = 12
    start_seconds: int = 3


@dataclass(frozen=True)
class Addresses:
    """Where the processes find Kafka, each as a user of its own, and their databases. `broker` is the admin's."""

    broker: Broker
    passwords: dict[str, str]
    databases: dict[str, Database]
    vault: VaultDatabase

    def broker_of(self, service: str) -> Broker:
        if self.broker.security == "plaintext":
            return self.broker
        return replace(self.broker, user=service, password=SecretStr(self.passwords[service]))


def kafka_program(node: KafkaNode) -> Program:
    return Program(KAFKA, node.command(), Path("/"), node.environment, stop_seconds=20, start_seconds=1)


def postgres_program(node: PostgresNode) -> Program:
    return Program(
        POSTGRES, node.command, Path("/"), node.environment, node.user, stop_signal="INT", stop_seconds=20, start_seconds=1
    )


def service_programs(layout: Layout, kept: Kept, addresses: Addresses) -> list[Program]:
    return [
        Program(
            program_name(service, role),
            [*(_standing_back() if role == "worker" else ()), sys.executable, "-m", f"services.{service}", role],
            ROOT,
            service_environment(layout, kept, addresses, service, role),
        )
        for service, role in services_and_roles()
    ]


def _standing_back() -> tuple[str, ...]:
    """Raises StackError."""
    wanted = os.environ.get(NICE, USUALLY_NICE)
    if not wanted.isdecimal() or int(wanted) > 19:
        raise StackError(f"{NICE} is a number from 0 to 19")
    return () if int(wanted) == 0 else ("nice", "-n", wanted)


def service_environment(layout: Layout, kept: Kept, addresses: Addresses, service: str, role: str) -> dict[str, str]:
    """What `shared/settings.py` reads, for one process."""
    found = {
        "ENV": "development",
        "SONGTOR_DATABASE": addresses.databases[service].app,
        **_broker_environment(addresses.broker_of(service)),
        "SONGTOR_PEPPER": kept.pepper,
        "SONGTOR_PORT": str(port_of(kept.port_base, service, "api")),
        "SONGTOR_WORKER_PORT": str(port_of(kept.port_base, service, "worker")),
        "SONGTOR_JWKS": str(layout.jwks),
        "SONGTOR_DATA_DIR": str(layout.scratch(program_name(service, role))),
        "SONGTOR_BROKER_SESSION_TIMEOUT": "6",
        "PYTHONUNBUFFERED": "1",
        "SONGTOR_VAULT": addresses.vault.apps[service],
    }
    if service not in SEALS_ONLY:
        found["SONGTOR_MASTER_KEY"] = kept.master_key
    found |= {name: os.environ[name] for name in LIMITS if name in os.environ}
    if service == "registry":
        found["SONGTOR_DEV_ISSUER_KEY"] = str(layout.issuer_key)
    if (service, role) == ("registry", "api"):
        # It prints less than reporting, and a printing process takes some 100 MB.
        found |= {"SONGTOR_CARD_KEY": kept.card_key, "SONGTOR_PRINTERS": "1"}
    if service in PRINTS and role == "api":
        found["SONGTOR_FONTS"] = str(find_fonts())
    return found


def _broker_environment(broker: Broker) -> dict[str, str]:
    given = {
        "SONGTOR_KAFKA": broker.bootstrap,
        "SONGTOR_KAFKA_SECURITY": broker.security,
        "SONGTOR_KAFKA_USER": broker.user,
        "SONGTOR_KAFKA_PASSWORD": broker.password and broker.password.get_secret_value(),
        "SONGTOR_KAFKA_CA": broker.ca and str(broker.ca),
    }
    return {name: value for name, value in given.items() if value}


def migrate_environment(layout: Layout, kept: Kept, addresses: Addresses, service: str) -> dict[str, str]:
    """The same for `migrate`, which works as the tables' owner."""
    found = service_environment(layout, kept, addresses, service, "migrate")
    found["SONGTOR_DATABASE_OWNER"] = addresses.databases[service].owner
    if service not in SEALS_ONLY:
        found["SONGTOR_VAULT_OWNER"] = addresses.vault.owner
    return found


def supervisor_conf(layout: Layout, programs: list[Program]) -> str:
    """It holds passwords: for the owner's eyes."""
    head = f"""\
[unix_http_server]
file={_escaped(layout.socket)}
chmod=0700

[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface

[supervisord]
logfile={_escaped(layout.log_of("supervisord"))}
logfile_maxbytes={LOG_BYTES}
logfile_backups={LOGS_KEPT}
loglevel=info
pidfile={_escaped(layout.supervisor_pid)}
directory=/
"""
    if os.geteuid() == 0:
        head += "user=root\n"
    return "\n".join([head, *(_section(layout, program) for program in programs)])


def _section(layout: Layout, program: Program) -> str:
    environment = ",".join(f"{name}={_quoted(value)}" for name, value in program.environment.items())
    lines = [
        f"[program:{program.name}]",
        f"command={_escaped(shlex.join(program.command))}",
        f"directory={_escaped(program.directory)}",
        f"environment={environment}",
        "autostart=false",
        "autorestart=true",
        f"startsecs={program.start_seconds}",
        "startretries=1000000",
        f"stopsignal={program.stop_signal}",
        f"stopwaitsecs={program.stop_seconds}",
        "redirect_stderr=true",
        f"stdout_logfile={_escaped(_escaped(layout.log_of(program.name)))}",  # this one it expands twice
        f"stdout_logfile_maxbytes={LOG_BYTES}",
        f"stdout_logfile_backups={LOGS_KEPT}",
    ]
    if program.user is not None:
        lines.append(f"user={program.user}")
    return "\n".join(lines) + "\n"


def _escaped(value: object) -> str:
    """The supervisor expands `%`."""
    return str(value).replace("%", "%%")


def _quoted(value: str) -> str:
    """Raises StackError for what its configuration has no way to say."""
    if value != value.strip("'") or any(part in value for part in ('"', "\n", " ;", " #")):
        raise StackError("the supervisor cannot take a path or an address with quotes, line breaks or comment signs in it")
    return f'"{_escaped(value)}"'

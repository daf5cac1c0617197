"""What a stack chooses at its first start and keeps: ports, passwords, the vault's master key and pepper, the keys of cards and
of the development issuer. Readable by its owner alone."""

import base64
import json
import os
import secrets
import tempfile
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import get_args

from deploy.kafka import passwords
from deploy.kafka.access import read_access
from deploy.local import ports
from deploy.local.databases import OWNER, vault_roles
from deploy.local.failures import StackError
from deploy.local.kafka_security import ADMIN, NodeSecurity
from deploy.local.layout import (
    CONTROLLER_OFFSET,
    DEFAULT_BASE,
    KAFKA_OFFSET,
    POSTGRES_OFFSET,
    Layout,
    service_ports,
)
from deploy.local.postgres import reachable, unprivileged_user
from deploy.local.private import write_private
from deploy.local.say import say
from shared.broker import Security
from shared.dev_issuer import new_issuer_key
from shared.events.catalogue import SERVICES
from shared.settings import KEY_BYTES

KAFKA, SECURITY = "SONGTOR_KAFKA", "SONGTOR_KAFKA_SECURITY"


@dataclass(frozen=True)
class Kept:
    """`passwords` are by role, `kafka_passwords` by user; keys are base64. `postgres_home` is elsewhere when PostgreSQL's user
    may not enter the data directory."""

    port_base: int
    kafka_port: int
    controller_port: int
    postgres_port: int
    postgres_home: str
    superuser_password: str
    passwords: dict[str, str]
    master_key: str
    pepper: str
    # A stack from before there were users goes on without them.
    kafka_security: Security = "plaintext"
    kafka_passwords: dict[str, str] = field(default_factory=dict)
    # One from before there were cards gets its key now.
    card_key: str = field(default_factory=lambda: _key())

    @property
    def node_security(self) -> NodeSecurity | None:
        """For our own broker; None where everybody may everything."""
        if self.kafka_security == "plaintext":
            return None
        return NodeSecurity(self.kafka_security, self.kafka_passwords[ADMIN])


def keep(layout: Layout, port_base: int | None) -> Kept:
    """What was kept, or else chosen now; for a stack that is not running. Another port base than the kept one is kept from now
    on. Raises StackError when its ports are taken; then nothing is kept."""
    before = read(layout)
    base = port_base or (before.port_base if before else DEFAULT_BASE)
    ports.refuse_taken(service_ports(base))
    kept = _as_before(replace(before, port_base=base)) if before else _choose(layout, base)
    write_private(layout.kept, json.dumps(asdict(kept), indent=1).encode())
    if not layout.jwks.exists():
        pem, jwks = new_issuer_key()
        write_private(layout.issuer_key, pem)
        layout.jwks.write_bytes(jwks)
    return kept


def read(layout: Layout) -> Kept | None:
    """None where there is no stack yet. Raises StackError for a file that is not ours."""
    if not layout.kept.exists():
        return None
    try:
        return Kept(**json.loads(layout.kept.read_bytes()))
    except (ValueError, TypeError) as error:
        raise StackError(f"{layout.kept} cannot be read; it belongs to another version, or is damaged") from error


def _as_before(kept: Kept) -> Kept:
    """With what has come to be needed since. Raises StackError for another security of Kafka than at the first start."""
    wanted = os.environ.get(SECURITY)
    if wanted not in (None, kept.kafka_security) and not os.environ.get(KAFKA):
        raise StackError(f"this stack's Kafka was made for {kept.kafka_security}: `down --purge` first, for {wanted}")
    again = replace(kept, kafka_passwords=_kafka_passwords(kept.kafka_passwords), passwords=_passwords(kept.passwords))
    return _with_free_server_ports(again)


def _with_free_server_ports(kept: Kept) -> Kept:
    """The same while Kafka's and PostgreSQL's ports are free; others where a stranger took them meanwhile."""
    before = (kept.kafka_port, kept.controller_port, kept.postgres_port)
    spare = iter(ports.free_ports(len(before)))
    now = [port if ports.is_free(port) else next(spare) for port in before]
    if tuple(now) == before:
        return kept
    say(f"· somebody else took a port since; Kafka is now on {now[0]} (and {now[1]}), PostgreSQL on {now[2]}")
    return replace(kept, kafka_port=now[0], controller_port=now[1], postgres_port=now[2])


def _choose(layout: Layout, base: int) -> Kept:
    near = [base + offset for offset in (KAFKA_OFFSET, CONTROLLER_OFFSET, POSTGRES_OFFSET)]
    spare = iter(ports.free_ports(len(near)))
    kafka_port, controller_port, postgres_port = [port if ports.is_free(port) else next(spare) for port in near]
    return Kept(
        port_base=base,
        kafka_port=kafka_port,
        controller_port=controller_port,
        postgres_port=postgres_port,
        postgres_home=str(_postgres_home(layout)),
        superuser_password=secrets.token_urlsafe(24),
        passwords=_passwords({}),
        master_key=_key(),
        pepper=_key(),
        kafka_security=_security(),
        kafka_passwords=_kafka_passwords({}),
    )


def _security() -> Security:
    """Loopback is no place for TLS unless somebody asks for it."""
    wanted = os.environ.get(SECURITY, "sasl_plaintext")
    for known in get_args(Security):
        if wanted == known:
            found: Security = known
            return found
    raise StackError(f"{SECURITY} must be one of {', '.join(get_args(Security))}")


def _passwords(before: dict[str, str]) -> dict[str, str]:
    """Of all roles of the databases, those that there are as they are."""
    roles = [*(role for name in SERVICES for role in (name + OWNER, name)), *vault_roles()]
    return {role: before.get(role) or secrets.token_urlsafe(24) for role in roles}


def _kafka_passwords(before: dict[str, str]) -> dict[str, str]:
    return passwords.with_all(before, [ADMIN, *(user.name for user in read_access())])


def _postgres_home(layout: Layout) -> Path:
    if os.geteuid() != 0 or reachable(layout.data, unprivileged_user()):
        return layout.data / "postgres"
    # Below /root, say. PostgreSQL runs as another user then, and the system lets that user in nowhere on the way.
    home = Path(tempfile.mkdtemp(prefix="songtor-postgres-", dir="/var/tmp"))  # nosec B108 # mkdtemp makes its own, for us alone
    say(f"· PostgreSQL keeps its data in {home}: its user may not enter {layout.data}")
    return home


def _key() -> str:
    return base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()

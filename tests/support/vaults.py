"""Vaults for tests: a database of a test's own with the roles that a vault has everywhere, and who comes as which service."""

import itertools
import secrets

from psycopg.conninfo import conninfo_to_dict, make_conninfo

from deploy.local import databases
from tests.support.servers import PostgresServer

_NUMBERS = itertools.count(1)
_RUN = secrets.token_hex(3)
# One for all roles, and for all vaults: those of one server share them.
_PASSWORD = secrets.token_hex(8)


def new_vault(postgres: PostgresServer, *, template: str = "template0") -> databases.VaultDatabase:
    """Empty, or a copy of one that nobody is in."""
    passwords = dict.fromkeys(databases.vault_roles(), _PASSWORD)
    return databases.ensure_vault(postgres.dsn, passwords, name=f"vault{_RUN}_{next(_NUMBERS)}", template=template)


def vault_as(dsn: str, service: str) -> str:
    """The same vault as another service; as `owner`, the owner of its tables."""
    return make_conninfo(dsn, user=databases.vault_role(service))


def name_of(dsn: str) -> str:
    return str(conninfo_to_dict(dsn)["dbname"])

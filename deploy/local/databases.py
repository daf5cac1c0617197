"""Who owns which database, and who may enter it: an owner that makes tables, and a role that owns nothing and works with them;
for the vault one such role for each service. What each of those may do there is in `shared/schema/vault`."""

from dataclasses import dataclass

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from shared.events.catalogue import SERVICES
from shared.sight import NARROW

OWNER = "_owner"
VAULT = "vault"


@dataclass(frozen=True)
class Database:
    """One database, as its owner (for migrations) and as the role that the processes use."""

    owner: str
    app: str


@dataclass(frozen=True)
class VaultDatabase:
    """The vault, as its owner and as each service."""

    owner: str
    apps: dict[str, str]


def ensure(superuser_dsn: str, name: str, passwords: dict[str, str], *, template: str = "template0") -> Database:
    """Makes the database `name` with the roles `<name>_owner` and `<name>` and puts passwords and rights right; asking again
    changes nothing. `passwords` are by role. Nobody else may enter it, and its roles may enter no other."""
    with psycopg.connect(superuser_dsn, autocommit=True) as connection:
        for role in (name + OWNER, name):
            ensure_role(connection, role, passwords[role])
        let_narrow(connection, name)
        there = connection.execute("SELECT FROM pg_database WHERE datname = %s", (name,)).fetchone()
        if there is None:
            make(connection, name, owner=name + OWNER, app=name, template=template)
    return addresses(superuser_dsn, name, passwords)


def addresses(superuser_dsn: str, name: str, passwords: dict[str, str]) -> Database:
    """Where the database is, or will be."""
    owner = make_conninfo(superuser_dsn, user=name + OWNER, password=passwords[name + OWNER], dbname=name)
    return Database(owner, make_conninfo(superuser_dsn, user=name, password=passwords[name], dbname=name))


def vault_role(service: str) -> str:
    return f"{VAULT}_{service}"


def vault_roles() -> list[str]:
    """All that log into the vault."""
    return [VAULT + OWNER, *map(vault_role, SERVICES)]


def ensure_vault(
    superuser_dsn: str, passwords: dict[str, str], *, name: str = VAULT, template: str = "template0"
) -> VaultDatabase:
    """The same for the vault, under whatever name the database has: its roles are named in its migrations."""
    with psycopg.connect(superuser_dsn, autocommit=True) as connection:
        ensure_group(connection, VAULT)
        for role in vault_roles():
            ensure_role(connection, role, passwords[role])
        members = sql.SQL(", ").join(map(sql.Identifier, map(vault_role, SERVICES)))
        connection.execute(sql.SQL("GRANT {} TO {}").format(sql.Identifier(VAULT), members))
        there = connection.execute("SELECT FROM pg_database WHERE datname = %s", (name,)).fetchone()
        if there is None:
            make(connection, name, owner=VAULT + OWNER, app=VAULT, template=template)
    return vault_addresses(superuser_dsn, passwords, name=name)


def vault_addresses(superuser_dsn: str, passwords: dict[str, str], *, name: str = VAULT) -> VaultDatabase:
    """Where the vault is, or will be."""

    def address(role: str) -> str:
        return make_conninfo(superuser_dsn, user=role, password=passwords[role], dbname=name)

    return VaultDatabase(address(VAULT + OWNER), {service: address(vault_role(service)) for service in SERVICES})


def ensure_group(connection: psycopg.Connection, role: str) -> None:
    """A role that nobody logs in as, also if somebody did before."""
    there = connection.execute("SELECT FROM pg_roles WHERE rolname = %s", (role,)).fetchone()
    verb = sql.SQL("CREATE ROLE" if there is None else "ALTER ROLE")
    connection.execute(sql.SQL("{} {} NOLOGIN PASSWORD NULL").format(verb, sql.Identifier(role)))


def ensure_role(connection: psycopg.Connection, role: str, password: str) -> None:
    there = connection.execute("SELECT FROM pg_roles WHERE rolname = %s", (role,)).fetchone()
    verb = sql.SQL("CREATE ROLE" if there is None else "ALTER ROLE")
    rights = sql.SQL("LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE")
    connection.execute(sql.SQL("{} {} {} PASSWORD {}").format(verb, sql.Identifier(role), rights, sql.Literal(password)))


def let_narrow(connection: psycopg.Connection, app: str) -> None:
    """A service may read as NARROW for a transaction, and has none of its rights before. Asking again changes nothing."""
    if connection.execute("SELECT FROM pg_roles WHERE rolname = %s", (NARROW,)).fetchone() is None:
        ensure_group(connection, NARROW)
    granting = sql.SQL("GRANT {} TO {} WITH INHERIT FALSE, SET TRUE")
    connection.execute(granting.format(sql.Identifier(NARROW), sql.Identifier(app)))


def make(connection: psycopg.Connection, name: str, *, owner: str, app: str, template: str) -> None:
    """A new database; with a template other than `template0` a copy of that one, rights in it included."""
    named = {"name": sql.Identifier(name), "owner": sql.Identifier(owner), "app": sql.Identifier(app)}
    making = sql.SQL("CREATE DATABASE {name} OWNER {owner} TEMPLATE {template} STRATEGY FILE_COPY")
    connection.execute(making.format(template=sql.Identifier(template), **named))
    connection.execute(sql.SQL("REVOKE ALL ON DATABASE {name} FROM PUBLIC").format(**named))
    connection.execute(sql.SQL("GRANT CONNECT ON DATABASE {name} TO {app}").format(**named))


def close_to_strangers(superuser_dsn: str) -> None:
    """The databases that come with a server are nobody's place to be."""
    with psycopg.connect(superuser_dsn, autocommit=True) as connection:
        for name in ("postgres", "template1"):
            connection.execute(sql.SQL("REVOKE CONNECT ON DATABASE {} FROM PUBLIC").format(sql.Identifier(name)))

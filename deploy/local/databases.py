"""Who owns which database, and who may enter it: an owner that makes tables, and a role that owns nothing and works with them."""

from dataclasses import dataclass

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

OWNER = "_owner"


@dataclass(frozen=True)
class Database:
    """One database, as its owner (for migrations) and as the role that the processes use."""

    owner: str
    app: str


def ensure(superuser_dsn: str, name: str, passwords: dict[str, str], *, template: str = "template0") -> Database:
    """Makes the database `name` with the roles `<name>_owner` and `<name>` and puts passwords and rights right; asking again
    changes nothing. `passwords` are by role. Nobody else may enter it, and its roles may enter no other."""
    with psycopg.connect(superuser_dsn, autocommit=True) as connection:
        for role in (name + OWNER, name):
            ensure_role(connection, role, passwords[role])
        there = connection.execute("SELECT FROM pg_database WHERE datname = %s", (name,)).fetchone()
        if there is None:
            make(connection, name, owner=name + OWNER, app=name, template=template)
    return addresses(superuser_dsn, name, passwords)


def addresses(superuser_dsn: str, name: str, passwords: dict[str, str]) -> Database:
    """Where the database is, or will be."""
    owner = make_conninfo(superuser_dsn, user=name + OWNER, password=passwords[name + OWNER], dbname=name)
    return Database(owner, make_conninfo(superuser_dsn, user=name, password=passwords[name], dbname=name))


def ensure_role(connection: psycopg.Connection, role: str, password: str) -> None:
    there = connection.execute("SELECT FROM pg_roles WHERE rolname = %s", (role,)).fetchone()
    verb = sql.SQL("CREATE ROLE" if there is None else "ALTER ROLE")
    rights = sql.SQL("LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE")
    connection.execute(sql.SQL("{} {} {} PASSWORD {}").format(verb, sql.Identifier(role), rights, sql.Literal(password)))


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

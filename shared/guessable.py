"""Secrets that anybody would try first. A stack for development may have them; no other process starts with one."""

import psycopg
from psycopg.conninfo import conninfo_to_dict

FIRST_TRIED = frozenset(
    {
        "admin",
        "changeme",
        "change-me",
        "default",
        "example",
        "kafka",
        "password",
        "postgres",
        "secret",
        "songtor",
        "test",
        "vault",
    }
)
# Of 32 random bytes all but never fewer are different, and never are all of them letters.
DIFFERENT_BYTES = 16


def is_guessable_key(key: bytes) -> bool:
    """Of 32 bytes: one sign again and again, or words, instead of chance."""
    return len(set(key)) < DIFFERENT_BYTES or (key.isascii() and key.decode().isprintable())


def is_guessable_password(password: str, user: str = "") -> bool:
    return password.lower() in FIRST_TRIED | {"", user.lower()}


def has_guessable_password(dsn: str) -> bool:
    """Of a PostgreSQL DSN; one without a password knows another way in."""
    try:
        found = conninfo_to_dict(dsn)
    except psycopg.ProgrammingError:
        return False  # no database will be found by it
    password = found.get("password")
    return password is not None and is_guessable_password(str(password), str(found.get("user", "")))

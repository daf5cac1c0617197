"""Numbered plain SQL files, run by yoyo-migrations under its lock as the tables' owner."""

from importlib.resources import as_file, files
from urllib.parse import quote

import yoyo
from psycopg.conninfo import conninfo_to_dict


def migrate(owner_dsn: str, package: str, folder: str) -> list[str]:
    """Applies what is missing of `package`/`folder`. Returns the names applied now."""
    backend = yoyo.get_backend(_address(owner_dsn))
    try:
        with as_file(files(package) / folder) as path, backend.lock():
            pending = backend.to_apply(yoyo.read_migrations(str(path)))
            names = [migration.id for migration in pending]
            backend.apply_migrations(pending)
            return names
    finally:
        backend.connection.close()  # yoyo leaves it open


def _address(dsn: str) -> str:
    """A libpq DSN as the address that yoyo wants."""
    part = {name: quote(str(value), safe="") for name, value in conninfo_to_dict(dsn).items() if value is not None}
    login = part["user"] + (f":{part['password']}" if "password" in part else "")
    return f"postgresql+psycopg://{login}@{part.get('host', 'localhost')}:{part.get('port', '5432')}/{part['dbname']}"

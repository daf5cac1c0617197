"""Public halves for whoever only seals, made as the owner of the vault's tables by `migrate`: the vault's own, and those of keys
from before there were any."""

from typing import LiteralString

import psycopg

from shared.sealing import WrongMasterKeyError
from shared.vault_keys import MasterKey

BATCH = 1000

_OWN: LiteralString = "INSERT INTO vault_half (public_half) VALUES (%s) ON CONFLICT DO NOTHING"
# Several services migrate side by side: each takes rows that no other has.
_WITHOUT: LiteralString = """
SELECT key_ref, wrapped, factor FROM keys WHERE public_half IS NULL ORDER BY key_ref LIMIT %s FOR UPDATE SKIP LOCKED"""
_FILL: LiteralString = "UPDATE keys SET public_half = %s WHERE key_ref = %s"


def make_public_halves(owner_dsn: str, master_key: bytes) -> int:
    """Returns how many keys had none. Repeating it changes nothing. Raises WrongMasterKeyError when the vault is another's."""
    master = MasterKey(master_key)
    made = 0
    with psycopg.connect(owner_dsn, autocommit=True) as connection:
        connection.execute(_OWN, (master.public_half,))
        if connection.execute("SELECT public_half FROM vault_half").fetchone() != (master.public_half,):
            raise WrongMasterKeyError("the public half of this vault belongs to another master key")
        while batch := _fill(connection, master):
            made += batch
    return made


def _fill(connection: psycopg.Connection, master: MasterKey) -> int:
    with connection.transaction():
        rows = connection.execute(_WITHOUT, (BATCH,)).fetchall()
        halves = [(master.key(key_ref, wrapped, factor).public_half, key_ref) for key_ref, wrapped, factor in rows]
        with connection.cursor() as cursor:
            cursor.executemany(_FILL, halves)
    return len(rows)

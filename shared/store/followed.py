"""How far a loop has followed its service's store, for loops that fill no tables and do what may be done twice: the position is
moved when a stretch is dealt with."""

from typing import LiteralString, NamedTuple

from shared.store.store import Connection

POSITIONS = 20_000
"""Looked at in one statement; there may be millions after a long absence."""
_WHERE: LiteralString = "SELECT h.position, coalesce((SELECT f.position FROM followed f WHERE f.name = %b), 0) FROM head h"
_MOVE: LiteralString = (
    "INSERT INTO followed AS f (name, position) VALUES (%b, %b)"
    " ON CONFLICT (name) DO UPDATE SET position = greatest(f.position, excluded.position)"
)


class Stretch(NamedTuple):
    """Events after position `done` up to `until`; `more`: there are others behind."""

    done: int
    until: int
    more: bool


async def stretch(connection: Connection, name: str) -> Stretch:
    """What the loop of that name has yet to look at; of no length when it is at the head."""
    row = await (await connection.execute(_WHERE, [name], binary=True, prepare=True)).fetchone()
    assert row is not None
    head, done = row
    until = min(head, done + POSITIONS)
    return Stretch(done, until, until < head)


async def move(connection: Connection, name: str, to: Stretch) -> None:
    """It is dealt with. Forward only, whoever else follows beside us."""
    if to.until > to.done:
        await connection.execute(_MOVE, [name, to.until], binary=True, prepare=True)

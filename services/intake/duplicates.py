"""Needs of the same person and kind in one fiscal year: who stands in that line, and who is the first still standing. A line is
a row of claims numbered 1, 2, …; the number is the order of acceptance, and none is ever given up."""

import asyncio
import contextlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self
from uuid import UUID
from weakref import WeakValueDictionary

from services.intake.domain import Need, fold
from shared.store import Claim, Store, Stream

SCOPE = "need"
FIRST_LOOK = 16
TURN_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Line:
    """All needs that are the same. `original`: the first that is not withdrawn, marked as duplicate itself or not."""

    name: str
    length: int
    original: Stream | None

    def join(self, case_id: UUID) -> Claim:
        """The next number; somebody else may be faster, and then the line is another."""
        return numbered(self.name, self.length + 1, case_id)


def numbered(name: str, number: int, case_id: UUID) -> Claim:
    """A place in a line. No number may be left out: who counts those who stand there stops at a hole."""
    return Claim("take", SCOPE, _place(name, number), case_id)


def line_name(person_ref: UUID, need: Need) -> str:
    return f"{person_ref}:{need.kind}:{need.fiscal_year}"


async def line(store: Store, name: str) -> Line:
    """As it stands now. Whoever decides on it joins it and rests on `original`: then neither a need accepted nor the original
    withdrawn in between goes unseen."""
    holders = await _holders(store, name)
    return Line(name, len(holders), await _first_standing(store, holders))


async def lines(store: Store, names: Iterable[str]) -> dict[str, Line]:
    """Many at once, in few questions: in most of them nobody stands, and hardly any is long."""
    wanted = set(names)
    begun = set(await store.holders(SCOPE, [_place(name, 1) for name in wanted]))
    standing = [name for name in wanted if _place(name, 1) in begun]
    places = {name: [_place(name, number) for number in range(1, FIRST_LOOK + 1)] for name in standing}
    held = await store.holders(SCOPE, [place for some in places.values() for place in some])
    holders = {name: [held[place] for place in some if place in held] for name, some in places.items()}
    streams = await store.load_many([case_id for some in holders.values() for case_id in some])
    found = {name: Line(name, 0, None) for name in wanted}
    for name, some in holders.items():
        if len(some) == FIRST_LOOK:
            found[name] = await line(store, name)
        else:
            found[name] = Line(name, len(some), next((streams[one] for one in some if _stands(streams[one])), None))
    return found


def _stands(stream: Stream) -> bool:
    return fold(stream.events).withdrawn is None


async def _holders(store: Store, name: str) -> list[UUID]:
    """Lines are short, but nothing keeps a careless program from making a long one: each look is twice as far."""
    found: list[UUID] = []
    look = FIRST_LOOK
    while True:
        places = [_place(name, number) for number in range(len(found) + 1, len(found) + look + 1)]
        held = await store.holders(SCOPE, places)
        found += [held[place] for place in places if place in held]
        if len(held) < look:
            return found
        look *= 2


async def _first_standing(store: Store, holders: list[UUID]) -> Stream | None:
    for start in range(0, len(holders), FIRST_LOOK):
        some = holders[start : start + FIRST_LOOK]
        streams = await store.load_many(some)
        for case_id in some:
            if _stands(streams[case_id]):
                return streams[case_id]
    return None


def _place(name: str, number: int) -> str:
    return f"{name}:{number}"


class Turns:
    """Lets those who report the same need to this process at the same moment join the line one after the other. The claims
    would sort them out, too, and do so between processes; but each loser decides anew, and gives up after some tries."""

    def __init__(self) -> None:
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    def turn(self) -> "Turn":
        return Turn(self._locks)


class Turn:
    """One request's turn in a line, held until the request is done."""

    def __init__(self, locks: WeakValueDictionary[str, asyncio.Lock]) -> None:
        self._locks = locks
        self._held: asyncio.Lock | None = None

    async def wait(self, name: str) -> None:
        """Once per request, and not for long: a turn only saves work."""
        if self._held is not None:
            return
        lock = self._locks.setdefault(name, asyncio.Lock())
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(TURN_SECONDS):
                await lock.acquire()
                self._held = lock

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._held is not None:
            self._held.release()

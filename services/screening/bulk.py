"""Many decisions in one request: each item is a command of its own, and its refusal is its own affair."""

import asyncio
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from fastapi import Response

from services.screening.bodies import BadItem, DecisionsBody, Item
from services.screening.change import change_of
from services.screening.known import is_within, known_case
from shared.errors import NotFoundError, RefusedError
from shared.store import Stream
from shared.web import Change, Edge

AT_ONCE = 100
"""Cases under way at the same time: enough to fill the appender's batches, few enough that none waits long for a connection."""

Kept = dict[str, Any]
Refusal = dict[str, Any]
_INVALID = "invalid"


async def decide_many(edge: Edge) -> Response:
    """Answers each item with `decided` or `refused` and why. Raises UnavailableError when some could not be tried; the same key
    again then finishes what is left, and finds what was done."""
    replay = await edge.replayed(edge.command_key)
    if replay is not None:
        return replay
    items: list[Item | BadItem] = list((await edge.body(DecisionsBody)).items)
    found = await _Many(edge, items, await _streams(edge, items)).decided()
    answer = {"items": [_answer(item, found[number]) for number, item in enumerate(items)]}
    positions = [kept["position"] for kept in found if "position" in kept]
    return await edge.keep(answer, positions[-1] if positions else None)


def _answer(item: Item | BadItem, found: Kept | Refusal) -> dict[str, Any]:
    case_id = None if item.case_id is None else str(item.case_id)
    if "position" in found:
        return {"case_id": case_id, "result": "decided"}
    return {"case_id": case_id, "result": "refused", **found}


async def _streams(edge: Edge, items: Iterable[Item | BadItem]) -> dict[UUID, Stream]:
    """All the cases in one query, without the unknown ones. Those are waited for once, all together, and so are those that the
    caller may not touch: in vain, but time tells nothing of them."""
    wanted = {item.case_id for item in items if isinstance(item, Item)}
    loaded: dict[UUID, Stream] = {}
    known: dict[UUID, Stream] = {}

    async def look() -> bool | None:
        missing = [case_id for case_id in wanted if case_id not in loaded]
        new = {case_id: stream for case_id, stream in (await edge.store.load_many(missing)).items() if stream}
        loaded.update(new)
        known.update({case_id: stream for case_id, stream in new.items() if is_within(edge, stream)})
        return True if len(known) == len(wanted) else None

    await edge.soon(look)
    return known


class _Many:
    """The items of one request under way. Items on the same case go one after another, in their order."""

    def __init__(self, edge: Edge, items: list[Item | BadItem], streams: dict[UUID, Stream]) -> None:
        self._edge = edge
        self._items = items
        self._known = frozenset(streams)
        self._fresh = streams
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._found: dict[int, Kept | Refusal] = {}

    async def decided(self) -> list[Kept | Refusal]:
        """What became of each item, in order."""
        by_case: dict[UUID, list[int]] = {}
        for number, item in enumerate(self._items):
            if isinstance(item, BadItem):
                self._found[number] = _refusal_of_faults(item)
            elif item.case_id not in self._known:
                self._found[number] = {"code": NotFoundError.code}
            else:
                by_case.setdefault(item.case_id, []).append(number)
        ends = await asyncio.gather(*(self._decide_case(numbers) for numbers in by_case.values()), return_exceptions=True)
        for end in ends:
            if end is not None:
                raise end
        return [self._found[number] for number in range(len(self._items))]

    async def _decide_case(self, numbers: list[int]) -> None:
        async with self._turns:
            for number in numbers:
                item = self._items[number]
                assert isinstance(item, Item)
                self._found[number] = await self._decide(number, item)

    async def _decide(self, number: int, item: Item) -> Kept | Refusal:
        async def decide() -> Change:
            # Loaded for all at first; after a conflict, or for the second item of a case, again for this one.
            stream = self._fresh.pop(item.case_id, None) or await known_case(self._edge, item.case_id)
            return await change_of(self._edge, stream, item)

        try:
            return await self._edge.write_item(number, decide)
        except RefusedError as error:
            if error.status == 422:  # the key was used with another body: that is the whole request's fault
                raise
            return {"code": error.code}


def _refusal_of_faults(item: BadItem) -> Refusal:
    code = item.faults[0].code if len(item.faults) == 1 else _INVALID
    return {"code": code, "errors": [{"pointer": fault.pointer, "code": fault.code} for fault in item.faults]}

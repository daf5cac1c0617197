"""Many decisions in one request, each for itself."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from fastapi import Response

from services.screening.bodies import BadItem, DecisionsBody, Item
from services.screening.change import change_of
from services.screening.known import is_within, known_case
from shared.errors import NotFoundError
from shared.store import Stream
from shared.web import Change, Edge
from shared.web.bulk import Found, do_each, is_done, keep_all

_INVALID = "invalid"


async def decide_many(edge: Edge) -> Response:
    """Answers each item with `decided` or `refused` and why. Raises UnavailableError when some could not be tried; the same key
    again then finishes what is left, and finds what was done."""
    replay = await edge.replayed(edge.command_key)
    if replay is not None:
        return replay
    items: list[Item | BadItem] = list((await edge.body(DecisionsBody)).items)
    found = await _decided(edge, items, await _streams(edge, items))
    return await keep_all(edge, [_answer(item, found[number]) for number, item in enumerate(items)], found)


def _answer(item: Item | BadItem, found: Found) -> dict[str, Any]:
    case_id = None if item.case_id is None else str(item.case_id)
    if is_done(found):
        return {"case_id": case_id, "result": "decided"}
    return {"case_id": case_id, "result": "refused", **found}


async def _decided(edge: Edge, items: list[Item | BadItem], streams: dict[UUID, Stream]) -> list[Found]:
    """What became of each item, in order. `streams`: the known ones; each is used once, for afterwards it is another."""
    refused: dict[int, Found] = {}
    by_case: dict[UUID, list[int]] = {}
    for number, item in enumerate(items):
        if isinstance(item, BadItem):
            refused[number] = _refusal_of_faults(item)
        elif item.case_id not in streams:
            refused[number] = {"code": NotFoundError.code}
        else:
            by_case.setdefault(item.case_id, []).append(number)

    async def decide(number: int) -> Change:
        item = items[number]
        assert isinstance(item, Item)
        # Loaded for all at first; after a conflict, or for the second item of a case, again for this one.
        stream = streams.pop(item.case_id, None) or await known_case(edge, item.case_id)
        return await change_of(edge, stream, item)

    found = refused | await do_each(edge, by_case, decide)
    return [found[number] for number in range(len(items))]


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


def _refusal_of_faults(item: BadItem) -> Found:
    code = item.faults[0].code if len(item.faults) == 1 else _INVALID
    return {"code": code, "errors": [{"pointer": fault.pointer, "code": fault.code} for fault in item.faults]}

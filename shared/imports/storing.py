"""Many groups into the store at once, and which of them were stored. What is in them is the importer's."""

import asyncio
from collections.abc import Sequence

from shared.errors import ConflictError, UnavailableError
from shared.store import Group, Outcome, Store

SECONDS = 30.0
"""For a chunk: those of its groups that touch the same things go one call after another."""


async def append_all(store: Store, groups: Sequence[Group]) -> list[Outcome | ConflictError]:
    """What became of each group, in order; one with a ConflictError has lost against somebody, and is to be decided again. The
    groups have no deadlines: each would have a timer of its own.

    Raises UnavailableError if one could not be, or nobody knows: others may have been stored."""
    try:
        async with asyncio.timeout(SECONDS):
            outcomes = await asyncio.gather(*(store.append(group) for group in groups), return_exceptions=True)
    except TimeoutError:
        raise UnavailableError("outcome_unknown") from None
    found = list[Outcome | ConflictError]()
    for outcome in outcomes:
        if isinstance(outcome, BaseException) and not isinstance(outcome, ConflictError):
            raise outcome
        found.append(outcome)
    return found

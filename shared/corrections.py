"""People as they were put right: the newest correction of a person laid over what any event says of them. Corrections are said
by intake on the person's own stream; here is only the reading."""

from collections.abc import Iterable, Sequence

from pydantic import JsonValue

from shared.events.contract import Event
from shared.events.intake import PersonCorrected, PersonForgotten
from shared.sealed import Sealed, Unopened
from shared.store import Store
from shared.vault import Vault

Opened = dict[str, JsonValue] | Unopened | None
"""The fields of a sealed block, or why it did not open; None without a block."""


def correction_of(events: Iterable[Event]) -> PersonCorrected | None:
    """The last one on a person's stream: it carries all that was put right before."""
    found = None
    for event in events:
        if isinstance(event, PersonCorrected):
            found = event
    return found


def forgotten_by(events: Iterable[Event]) -> PersonForgotten | None:
    """What a person's stream says of their being forgotten; None of somebody who is not."""
    return next((event for event in events if isinstance(event, PersonForgotten)), None)


def laid_over(own: Opened, correction: Opened) -> Opened:
    """What one event says of a person, as it was put right."""
    if isinstance(own, dict) and isinstance(correction, dict):
        return {**own, **correction}
    return own


async def open_people(vault: Vault, store: Store, people: Sequence[Sealed | None]) -> list[Opened]:
    """One answer per block, in order, as `Vault.open_many`, with what was put right since. A block is sealed for its person, so
    its `key_ref` names the person's stream."""
    refs = {block.key_ref for block in people if block is not None}
    streams = await store.load_many(list(refs)) if refs else {}
    corrections = {
        ref: correction.person for ref, stream in streams.items() if (correction := correction_of(stream.events)) is not None
    }
    opened = await vault.open_many([*people, *corrections.values()])
    own, over = opened[: len(people)], dict(zip(corrections, opened[len(people) :], strict=True))
    return [
        laid_over(shown, over.get(block.key_ref) if block is not None else None) for block, shown in zip(people, own, strict=True)
    ]

"""Tells agencies that a person whom they were referred to is forgotten. Not a reaction to the one event: a case may be referred
later than its person was forgotten, or at the same moment by another process. So the tables say which referrals are untold, and
the case's own events decide whether they are."""

import asyncio
import logging
import time
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

from services.routing import domain, views
from shared.errors import ConflictError, UnavailableError
from shared.events.intake import PersonForgotten
from shared.events.routing import ReferralFacts
from shared.ids import derived_id
from shared.metrics import LOOP_TURN
from shared.store import Group, Meta, Recorded, Store
from shared.store.groups import Said, say

logger = logging.getLogger(__name__)

NAME = "tellings"
LOOK_EVERY = 1.0
CASES = 200
"""Told in one turn."""


class Tellings:
    """Several may run side by side: one of them is told by the store that the other was faster."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            LOOP_TURN.labels(NAME).set(time.time())
            try:
                await self.step()
            except UnavailableError as error:
                logger.warning("tellings wait", extra={"code": error.code})
            await asyncio.sleep(LOOK_EVERY)

    async def step(self) -> None:
        """Tells of what is untold now."""
        async with self._store.connection() as connection:
            waiting = await views.untold(connection, CASES)
        for case_id, person_ref in waiting:
            await self._tell(case_id, person_ref)

    async def _tell(self, case_id: UUID, person_ref: UUID) -> None:
        streams = await self._store.load_many([case_id, person_ref])
        cause = next(record for record in streams[person_ref].records if record.type == PersonForgotten.TYPE)
        event = cause.event
        assert isinstance(event, PersonForgotten)
        stream = streams[case_id]
        events = domain.tell_forgotten(domain.fold(stream.events), at=event.forgotten_at)
        if not events:
            return  # told, and the tables are behind
        meta = cause.meta
        played = bool(meta.get("played"))
        at = cause.recorded_at if played else datetime.now(UTC)
        group = Group(
            said=[_derived(cause, said) for said in say(stream, events, at)],
            meta=Meta(f"system:{self._store.service}", meta["correlation"], causation=cause.id, played=played),
            known=[(stream.id, stream.known)],
        )
        try:
            await self._store.append(group)
        except ConflictError:
            logger.info("a case moved while its agency was told; next turn", extra={"stream": str(case_id)})


def _derived(cause: Recorded, said: Said) -> Said:
    """The same id on every try."""
    assert isinstance(said.event, ReferralFacts)
    return replace(said, id=derived_id(cause.id, f"{said.event.TYPE} {said.event.referral_id}"))

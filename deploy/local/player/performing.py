"""Sends the steps of a plan in the order of their time, many at once, each when all that it needs is done."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from deploy.local.player.calling import Answer, Caller, Json, Services
from deploy.local.player.importing import answer_of_row, import_sheet
from deploy.local.player.looking import FoundReferral, Queue, Referrals, caught_up
from deploy.local.player.steps import DECIDE, IMPORT, Ref, Referral, Row, Step, Target
from deploy.local.player.story import StoryError

IN_FLIGHT = 48
"""Steps begun at the same time; most of them wait for something, few for an answer."""
_TRIES = 20
_PAUSE = 0.25
_NOT_YET = frozenset({"not_found", "already_decided"})
"""What screening says of a case, or of its reopening, that is still on its way to it."""
_LOOKS = {"intake": "/needs", "screening": "/queue", "routing": "/referrals", "reporting": "/position"}
"""What is asked to wait for a position, at little cost."""


class Performance:
    """One story being played. `answers` by the keys of the steps that are done."""

    def __init__(self, *, story: str, province: str, services: Services) -> None:
        self._story = story
        self._services = services
        self.office = Caller("province_officer", f"office-{province}", province)
        self._queue = Queue(services, self.office)
        self._referrals = Referrals(services, self.office)
        self._done: dict[str, asyncio.Event] = {}
        self._seen: set[tuple[str, str]] = set()
        self._waiting: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._services_of: dict[str, str] = {}
        self.answers: dict[str, Answer] = {}

    async def perform(self, steps: Sequence[Step], tell: Callable[[Step], None]) -> None:
        """`tell` is called with each step that is done. The first step that fails ends the performance."""
        self._done = {step.key: asyncio.Event() for step in steps}
        self._services_of = {step.key: step.action.service for step in steps}
        # Everything that a step needs comes before it (the plan sees to that): the first of those begun never waits for ever.
        waiting = iter(steps)
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(IN_FLIGHT):
                    group.create_task(self._work(waiting, tell))
        except* StoryError as errors:
            raise _first(errors) from errors

    async def _work(self, waiting: Iterator[Step], tell: Callable[[Step], None]) -> None:
        for step in waiting:
            for key in step.needs:
                await self._done[key].wait()
            self.answers[step.key] = await self._do(step)
            self._done[step.key].set()
            tell(step)

    async def _do(self, step: Step) -> Answer:
        # What was done in an earlier playing has long arrived; and a case once decided is in the queue no more.
        if step.queued and any(not self.answers[key].replayed for key in (*step.queued, *step.after)):
            await self._queue.holds((self._answer(key, "case_id") for key in step.queued), reopened=step.reopened)
        if isinstance(step.target, Row):
            return answer_of_row(self.answers[step.target.step], step.target.number)
        if step.action is DECIDE:
            return await self._decide_many(step)
        return await self._send(step, self._filled(step.body), key=step.key)

    async def _decide_many(self, step: Step) -> Answer:
        """Sends again what screening did not know yet, under a key of its own."""
        answer = await self._send(step, self._filled(step.body), key=step.key)
        first, items = answer, self._filled(step.body)["items"]
        for number in range(1, _TRIES + 1):
            refused = [
                (item, said) for item, said in zip(items, answer.body["items"], strict=True) if said["result"] != "decided"
            ]
            if not refused:
                return first
            codes = {said.get("code", "") for _, said in refused}
            if not codes <= _NOT_YET:
                raise StoryError(f"{self._story}/{step.key}: screening refuses with {', '.join(sorted(codes))}")
            await asyncio.sleep(_PAUSE)
            items = [item for item, _ in refused]
            answer = await self._send(step, {"items": items}, key=f"{step.key}~{number}")
        raise StoryError(f"{self._story}/{step.key}: screening does not know all cases yet")

    async def _send(self, step: Step, body: Json, *, key: str) -> Answer:
        referral = await self._referral(step.target)
        path = step.action.path.format(referral.referral_id if referral is not None else self._target(step.target))
        after = await self._after(step)
        caller, key = self._caller(step, referral), f"{self._story}/{key}"
        try:
            answer = await self._request(step, path, body, caller=caller, key=key, after=after)
        except StoryError as error:
            raise StoryError(f"{key}: {error}") from error
        self._seen.update((step.action.service, ref) for ref in step.needs)
        return answer

    async def _request(self, step: Step, path: str, body: Json, *, caller: Caller, key: str, after: str | None) -> Answer:
        service = step.action.service
        if step.action is IMPORT:
            return await import_sheet(self._services, path, body, caller=caller, key=key, at=step.at, after=after)
        if not step.action.write:
            await caught_up(self._services, caller)
            found = await self._services.get(service, path, body, caller=caller, at=step.at)
            return Answer(found, None, replayed=True)
        return await self._services.post(service, path, body, caller=caller, key=key, at=step.at, after=after)

    async def _after(self, step: Step) -> str | None:
        """The position of what the step rests on in another service, the first time that it does. Only one can be sent along: any
        other is waited for in a look of its own."""
        if isinstance(step.target, Referral) or not step.action.write:
            return None
        if step.action is IMPORT:
            # Volunteers are named by their cards there, and those are known to intake's list, a moment after its store.
            await self.taken_in(step.action.service, step.needs)
        unseen = self._unseen(step.action.service, step.needs - set(step.queued))
        if len(unseen) > 1:
            await self.taken_in(step.action.service, unseen[1:])
        return self.answers[unseen[0]].position if unseen else None

    async def taken_in(self, service: str, keys: Iterable[str]) -> None:
        """Returns when a service has taken in what these steps did in others."""
        # One after the other: who waits for the same steps finds them waited for.
        async with self._waiting[service]:
            unseen = self._unseen(service, keys)
            looks = (
                self._services.get(service, _LOOKS[service], {"limit": "1"}, caller=self.office, after=self.answers[key].position)
                for key in unseen
            )
            await asyncio.gather(*looks)
            self._seen.update((service, key) for key in unseen)

    def _unseen(self, service: str, keys: Iterable[str]) -> list[str]:
        """Those of the steps of which the service is not known to have heard."""
        return [
            key
            for key in sorted(keys)
            if self._services_of[key] != service and (service, key) not in self._seen and self.answers[key].position is not None
        ]

    async def _referral(self, target: Target | None) -> FoundReferral | None:
        if not isinstance(target, Referral):
            return None
        return await self._referrals.find(self._answer(target.case, "case_id"), target.round)

    def _target(self, target: Target | None) -> str:
        return self._answer(target.step, target.field) if isinstance(target, Ref) else ""

    def _caller(self, step: Step, referral: FoundReferral | None) -> Caller:
        province, of = self.office.province, step.by.of
        if step.by.role == "agency_officer" and referral is not None:
            return Caller("agency_officer", f"{referral.agency}-{province}", province, agency=referral.agency)
        if step.by.role == "volunteer" and of is not None:
            volunteer_id = self._answer(of, "volunteer_id")
            return Caller("volunteer", f"volunteer-{volunteer_id}", province, volunteer_id=volunteer_id)
        if step.by.role == "unit_clerk" and of is not None:
            unit_id = self._answer(of, "unit_id")
            return Caller("unit_clerk", f"unit-{unit_id}", province, unit_id=unit_id)
        return self.office

    def _filled(self, body: Any) -> Any:
        """The body with its gaps filled."""
        if isinstance(body, Ref):
            return self._answer(body.step, body.field)
        if isinstance(body, dict):
            return {name: self._filled(value) for name, value in body.items()}
        return [self._filled(value) for value in body] if isinstance(body, list) else body

    def _answer(self, key: str, field: str) -> str:
        return str(self.answers[key].body[field])


def _first(errors: BaseExceptionGroup[StoryError]) -> StoryError:
    error = errors.exceptions[0]
    return _first(error) if isinstance(error, BaseExceptionGroup) else error

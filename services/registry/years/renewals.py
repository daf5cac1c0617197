"""Many terms renewed by one order: each for itself."""

from typing import Any
from uuid import UUID

from fastapi import Response

from services.registry.bodies import ahead_faults
from services.registry.serving import known, renewal
from services.registry.years import domain
from services.registry.years.bodies import RenewalsBody
from shared.buddhist_calendar import bangkok_day
from shared.errors import Fault
from shared.web import Change, Edge
from shared.web.bulk import Found, do_each, is_done, keep_all


async def renew_many(edge: Edge) -> Response:
    """Answers each with `renewed` or `refused` and why. The same order once more renews nobody twice."""
    replay = await edge.replayed(edge.command_key)
    if replay is not None:
        return replay

    async def also(raw: Any) -> list[Fault]:
        return ahead_faults(raw, "renewed_on", bangkok_day(edge.now.at))

    body = await edge.body(RenewalsBody, also=also)
    by_volunteer: dict[UUID, list[int]] = {}
    for number, volunteer_id in enumerate(body.volunteer_ids):
        by_volunteer.setdefault(volunteer_id, []).append(number)

    async def decide(number: int) -> Change:
        stream, volunteer = await known(edge, body.volunteer_ids[number])
        events = domain.renew_by_order(volunteer, body.renewed_on, order_no=body.order_no)
        return await renewal(edge, stream, volunteer, events)

    found = await do_each(edge, by_volunteer, decide)
    in_order = [found[number] for number in range(len(body.volunteer_ids))]
    items = [_answer(volunteer_id, one) for volunteer_id, one in zip(body.volunteer_ids, in_order, strict=True)]
    return await keep_all(edge, items, in_order)


def _answer(volunteer_id: UUID, found: Found) -> dict[str, Any]:
    told = {"result": "renewed"} if is_done(found) else {"result": "refused", "code": found["code"]}
    return {"volunteer_id": str(volunteer_id), **told}

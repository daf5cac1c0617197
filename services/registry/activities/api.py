"""Activities over HTTP: record, void, list, one."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import AfterValidator

from services.registry.activities import bodies, domain, views
from services.registry.activities.bodies import ActivityAnswer, ActivityShown, HoldBody, VoidBody
from services.registry.api.reach import must_reach_named
from services.registry.bodies import day_of
from services.registry.domain import volunteer_of
from services.registry.network import NAME
from shared.buddhist_calendar import bangkok_day, fiscal_year_bounds
from shared.errors import Fault, NotFoundError
from shared.events.codes import ActivityKind
from shared.events.contract import Event
from shared.events.network import ActivityVoided
from shared.fields import ProvinceCode
from shared.ids import new_id
from shared.places import is_province
from shared.store import Stream
from shared.web import Change, Edge, PageParam, ReadEdge, WriteEdge
from shared.web.openapi import takes
from shared.web.pages import Listed
from shared.web.refusals import refuses


def _fiscal_year(year: int) -> int:
    fiscal_year_bounds(year)
    return year


FiscalYearQuery = Annotated[int, AfterValidator(_fiscal_year), Query(description="In the Buddhist era: `2564`.")]


def router() -> APIRouter:
    routes = APIRouter()

    @routes.post("/activities", status_code=201, response_model=ActivityAnswer, openapi_extra=takes(HoldBody))
    @refuses(404, "not_found")
    async def hold(edge: WriteEdge) -> Response:
        """A training, meeting, publicity event or visit that took place."""
        return await edge.write(lambda: _hold(edge))

    @routes.post("/activities/{activity_id}/void", response_model=ActivityAnswer, openapi_extra=takes(VoidBody))
    @refuses(409, "wrong_state")
    async def void(edge: WriteEdge, activity_id: UUID) -> Response:
        """It did not take place: it counts nowhere."""
        return await edge.write(lambda: _void(edge, activity_id))

    @routes.get("/activities")
    async def activities(
        edge: ReadEdge,
        page: PageParam,
        province: Annotated[ProvinceCode | None, Query(description="2-digit code.")] = None,
        kind: ActivityKind | None = None,
        fiscal_year: FiscalYearQuery | None = None,
        volunteer_id: Annotated[UUID | None, Query(description="Who was there.")] = None,
        void: Annotated[bool, Query(description="Also those that are void.")] = False,
    ) -> Listed[ActivityAnswer]:
        """The newest first."""
        after = views.place_of(page.after)
        await edge.projected(NAME)
        async with edge.reading() as connection:
            rows = await views.activities(
                connection,
                edge.reach,
                province=province,
                kind=kind,
                fiscal_year=fiscal_year,
                volunteer_id=volunteer_id,
                void=void,
                after=after,
                limit=page.fetch,
            )
        return Listed(**page.listed(rows, lambda row: row.place, ActivityAnswer.model_validate))

    @routes.get("/activities/{activity_id}")
    async def activity(edge: ReadEdge, activity_id: UUID) -> ActivityShown:
        return await _shown(edge, (await _known(edge, activity_id))[1])

    return routes


async def _hold(edge: Edge) -> Change:
    async def also(raw: Any) -> list[Fault]:
        must_reach_named(edge, raw)
        return [*bodies.faults(raw, bangkok_day(edge.now.at)), *await _volunteer_faults(edge, raw)]

    body = await edge.body(HoldBody, also=also)
    stream = Stream(new_id(), edge.store.service, ())
    words = None
    if body.note is not None:
        words = await edge.vault.seal(await edge.vault.key_for_case(stream.id), {"note": body.note})
    return _change(stream, domain.hold(stream.id, body.facts, words=words), status=201, location=f"/activities/{stream.id}")


async def _volunteer_faults(edge: Edge, raw: Any) -> list[Fault]:
    """One of another province is as unknown as one that does not exist."""
    attended, province = bodies.attended_by(raw), raw.get("province")
    named = [volunteer_id for volunteer_id in attended if volunteer_id is not None]
    if not named or not isinstance(province, str) or not is_province(province):
        return []
    streams = await edge.store.load_many(named)
    volunteers = [None if volunteer_id is None else volunteer_of(streams[volunteer_id].events) for volunteer_id in attended]
    return [
        Fault(f"/volunteer_ids/{place}", "unknown_volunteer", "is no volunteer of the province in service on that day")
        for place in domain.not_serving(volunteers, province, day_of(raw, "held_on"))
    ]


async def _void(edge: Edge, activity_id: UUID) -> Change:
    stream, activity = await _known(edge, activity_id)
    body = await edge.body(VoidBody)
    domain.must_stand(activity)  # before anything is sealed
    reason = await edge.vault.seal(await edge.vault.key_for_case(activity_id), {"reason": body.reason})
    return _change(stream, domain.void(activity, reason=reason))


async def _known(edge: Edge, activity_id: UUID) -> tuple[Stream, domain.Activity]:
    stream = await edge.stream(activity_id)
    activity = domain.activity_of(stream.events)
    if activity is None:
        raise NotFoundError
    edge.must_reach(activity.province)
    return stream, activity


async def _shown(edge: Edge, activity: domain.Activity) -> ActivityShown:
    """What is not shown is not opened either."""
    shown = ActivityShown.model_validate(activity)
    reason = activity.reason if isinstance(activity, ActivityVoided) else None
    if (activity.words is None and reason is None) or not edge.right.people.has(activity.province):
        return shown
    note, why = [words if isinstance(words, dict) else {} for words in await edge.vault.open_many([activity.words, reason])]
    await edge.audited(details={"activity_id": str(activity.activity_id)})
    return shown.model_copy(update={"note": note.get("note"), "void_reason": why.get("reason")})


def _change(stream: Stream, events: list[Event], *, status: int = 200, location: str | None = None) -> Change:
    answer = ActivityAnswer.model_validate(domain.activity_of(events)).model_dump(mode="json")
    return Change(stream, events, answer=answer, status=status, location=location)

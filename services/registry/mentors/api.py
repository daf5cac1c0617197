"""Mentors over HTTP: add, give one a volunteer, list, one, one's volunteers."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Response

from services.registry.api.reach import must_reach_named
from services.registry.bodies import ahead_faults, id_of
from services.registry.domain import Volunteer, volunteer_of
from services.registry.mentors import domain, views
from services.registry.mentors.bodies import (
    NAMES,
    REACHED_BY,
    AddBody,
    AssignBody,
    AssignmentAnswer,
    MentorAnswer,
    MentoredShown,
    MentorShown,
)
from services.registry.names import names_in
from services.registry.network import NAME
from services.registry.projection import NAME as VOLUNTEERS
from services.registry.rules import PEOPLE_PER_VOLUNTEER
from shared.access import EVERYTHING
from shared.buddhist_calendar import bangkok_day
from shared.buddhist_calendar import fiscal_year as fiscal_year_of
from shared.errors import Fault, NotFoundError
from shared.events.network import MentorAdded
from shared.fields import Day, ProvinceCode
from shared.ids import new_id
from shared.store import Stream
from shared.web import Change, Edge, PageParam, ReadEdge, WriteEdge
from shared.web.openapi import takes
from shared.web.pages import Listed
from shared.web.refusals import refuses

OnQuery = Annotated[Day | None, Query(description="The day; by itself today in Bangkok.")]
YearQuery = Annotated[
    int | None, Query(ge=2484, le=2942, description="A fiscal year in the Buddhist era; by itself that of the day.")
]


def router() -> APIRouter:
    routes = APIRouter()

    @routes.post("/mentors", status_code=201, response_model=MentorAnswer, openapi_extra=takes(AddBody))
    @refuses(404, "not_found")
    async def add(edge: WriteEdge) -> Response:
        return await edge.write(lambda: _add(edge))

    @routes.post("/volunteers/{volunteer_id}/mentor", response_model=AssignmentAnswer, openapi_extra=takes(AssignBody))
    @refuses(409, "wrong_state", "already_assigned")
    async def assign(edge: WriteEdge, volunteer_id: UUID) -> Response:
        return await edge.write(lambda: _assign(edge, volunteer_id))

    @routes.get("/mentors")
    async def mentors(
        edge: ReadEdge,
        page: PageParam,
        province: Annotated[ProvinceCode | None, Query(description="2-digit code.")] = None,
    ) -> Listed[MentorShown]:
        """By province."""
        after = views.mentor_place_of(page.after)
        await edge.projected(NAME)
        async with edge.reading() as connection:
            rows = await views.mentors(connection, edge.reach, province=province, after=after, limit=page.fetch)
        shown = await _by_name(edge, rows[: page.limit])
        return Listed(**page.listed(rows, lambda row: row.place, lambda row: shown[row.mentor_id]))

    @routes.get("/mentors/{mentor_id}")
    async def mentor(edge: ReadEdge, mentor_id: UUID) -> MentorShown:
        return (await _by_name(edge, [await _known(edge, mentor_id)]))[mentor_id]

    @routes.get("/mentors/{mentor_id}/volunteers")
    async def volunteers(
        edge: ReadEdge, page: PageParam, mentor_id: UUID, on: OnQuery = None, fiscal_year: YearQuery = None
    ) -> Listed[MentoredShown]:
        """Those in service whom the mentor has on the day, with their progress in the fiscal year, quietest first."""
        province = (await _known(edge, mentor_id)).province
        after, day = views.quiet_place_of(page.after), on or bangkok_day(edge.now.at)
        await edge.projected(VOLUNTEERS)
        await edge.projected(NAME)
        # The mentor's volunteers are of his province; what they reported is theirs wherever they did.
        async with edge.reading(EVERYTHING) as connection:
            rows = await views.volunteers_of(
                connection, mentor_id, day=day, fiscal_year=fiscal_year or fiscal_year_of(day), after=after, limit=page.fetch
            )
        shown = await _mentored(edge, province, rows[: page.limit], day)
        return Listed(**page.listed(rows, lambda row: row.place, lambda row: shown[row.volunteer_id]))

    return routes


async def _add(edge: Edge) -> Change:
    async def also(raw: Any) -> list[Fault]:
        must_reach_named(edge, raw)
        return []

    body = await edge.body(AddBody, also=also)
    stream = Stream(new_id(), edge.store.service, ())
    name = await edge.vault.seal(await edge.vault.key_for_case(stream.id), body.personal())
    events = domain.add(stream.id, province=body.province, agency=body.agency, name=name)
    answer = MentorAnswer.model_validate(domain.mentor_of(events)).model_dump(mode="json")
    return Change(stream, events, answer=answer, status=201, location=f"/mentors/{stream.id}")


async def _assign(edge: Edge, volunteer_id: UUID) -> Change:
    known, volunteer = await _volunteer(edge, volunteer_id)

    async def also(raw: Any) -> list[Fault]:
        faults = ahead_faults(raw, "from", bangkok_day(edge.now.at), earliest=volunteer.appointed_on)
        return faults + await _mentor_faults(edge, volunteer.province, raw)

    body = await edge.body(AssignBody, also=also)
    stream = await edge.store.load(domain.assignment_id(volunteer_id))
    had = domain.mentors_of(stream.events)
    events = domain.assign(volunteer, had, mentor_id=body.mentor_id, assigned_from=body.from_)
    answer = AssignmentAnswer(volunteer_id=volunteer_id, mentor_id=body.mentor_id, assigned_from=body.from_)
    return Change(
        stream,
        events,
        answer=answer.model_dump(mode="json", by_alias=True),
        rests_on=[known],
        about=volunteer.person_ref,
    )


async def _mentor_faults(edge: Edge, province: str, raw: Mapping[str, Any]) -> list[Fault]:
    """A mentor of another province is as unknown as one that does not exist."""
    mentor_id = id_of(raw, "mentor_id")
    if mentor_id is None:
        return []
    mentor = domain.mentor_of((await edge.store.load(mentor_id)).events)
    if mentor is not None and mentor.province == province:
        return []
    return [Fault("/mentor_id", "unknown_mentor", "is no mentor of the volunteer's province")]


async def _volunteer(edge: Edge, volunteer_id: UUID) -> tuple[Stream, Volunteer]:
    stream = await edge.stream(volunteer_id)
    volunteer = volunteer_of(stream.events)
    if volunteer is None:
        raise NotFoundError
    edge.must_reach(volunteer.province)
    return stream, volunteer


async def _known(edge: Edge, mentor_id: UUID) -> MentorAdded:
    mentor = domain.mentor_of((await edge.stream(mentor_id)).events)
    if mentor is None:
        raise NotFoundError
    edge.must_reach(mentor.province)
    return mentor


async def _by_name(edge: Edge, mentors: Sequence[MentorAdded | views.MentorRow]) -> dict[UUID, MentorShown]:
    """By name where the caller is shown names, and that is written down."""
    seen = [edge.right.people.has(mentor.province) for mentor in mentors]
    blocks = [mentor.name if named else None for mentor, named in zip(mentors, seen, strict=True)]
    names = await names_in(edge.vault, blocks, REACHED_BY)
    if any(seen):
        await edge.audited(details={"rows": len(mentors)})
    return {
        mentor.mentor_id: MentorShown.model_validate(mentor).model_copy(update=name)
        for mentor, name in zip(mentors, names, strict=True)
    }


async def _mentored(edge: Edge, province: str, rows: Sequence[views.MentoredRow], day: date) -> dict[UUID, MentoredShown]:
    """As above, with how long each has been quiet by that day."""
    named = edge.right.people.has(province)
    names = await names_in(edge.vault, [row.person if named else None for row in rows], NAMES)
    if named and rows:
        await edge.audited(details={"rows": len(rows), "province": province})
    return {
        row.volunteer_id: MentoredShown(
            volunteer_id=row.volunteer_id,
            card_no=row.card_no,
            area_code=row.area_code,
            level=row.level,
            assigned_from=row.assigned_from,
            target=PEOPLE_PER_VOLUNTEER,
            reported=row.reported,
            last_activity_on=row.last_activity_on,
            last_report_on=row.last_report_on,
            days_quiet=None if row.last_activity_on is None else (day - row.last_activity_on).days,
            **name,
        )
        for row, name in zip(rows, names, strict=True)
    }

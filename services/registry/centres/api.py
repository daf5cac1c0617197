"""Centres over HTTP: establish, appoint a committee, list, one."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Response

from services.registry.api.reach import must_reach_named
from services.registry.bodies import id_of
from services.registry.centres import domain, views
from services.registry.centres.bodies import (
    MEMBERS_AT_MOST,
    NAMES,
    CentreAnswer,
    CentreShown,
    CommitteeAnswer,
    CommitteeBody,
    CommitteeShown,
    CommitteeTerm,
    EstablishBody,
    MemberBody,
    Seat,
    SeatShown,
    committee_faults,
    past_faults,
)
from services.registry.centres.holding import centres_of, claim
from services.registry.domain import Volunteer, volunteer_of
from services.registry.names import names_in
from services.registry.network import NAME
from shared.buddhist_calendar import bangkok_day
from shared.errors import Fault, NotFoundError, RefusedError
from shared.events.network import CommitteeMember
from shared.fields import Day, ProvinceCode
from shared.ids import new_id
from shared.store import Stream
from shared.web import Change, Edge, PageParam, ReadEdge, WriteEdge
from shared.web.openapi import takes
from shared.web.pages import Listed
from shared.web.refusals import refuses

DayQuery = Annotated[Day | None, Query(description="Whose committee is shown; by itself today's in Bangkok.")]


def router() -> APIRouter:
    routes = APIRouter()

    @routes.post("/centres", status_code=201, response_model=CentreAnswer, openapi_extra=takes(EstablishBody))
    @refuses(404, "not_found")
    @refuses(409, "already_established")
    async def establish(edge: WriteEdge) -> Response:
        return await edge.write(lambda: _establish(edge))

    @routes.post(
        "/centres/{centre_id}/committees",
        status_code=201,
        response_model=CommitteeAnswer,
        openapi_extra=takes(CommitteeBody),
    )
    @refuses(409, "already_appointed")
    async def appoint_committee(edge: WriteEdge, centre_id: UUID) -> Response:
        return await edge.write(lambda: _appoint(edge, centre_id))

    @routes.get("/centres")
    async def centres(
        edge: ReadEdge,
        page: PageParam,
        province: Annotated[ProvinceCode | None, Query(description="2-digit code.")] = None,
    ) -> Listed[CentreAnswer]:
        """By province."""
        after = views.place_of(page.after)
        await edge.projected(NAME)
        async with edge.reading() as connection:
            rows = await views.centres(connection, edge.reach, province=province, after=after, limit=page.fetch)
        return Listed(**page.listed(rows, lambda row: [row.province], CentreAnswer.model_validate))

    @routes.get("/centres/{centre_id}")
    async def centre(edge: ReadEdge, centre_id: UUID, on: DayQuery = None) -> CentreShown:
        """With the committee in office on a day; by name for those who may see names."""
        found = (await _known(edge, centre_id))[1]
        committee = found.in_office(on or bangkok_day(edge.now.at))
        return CentreShown(
            **CentreAnswer.model_validate(found).model_dump(),
            committee=None if committee is None else await _shown(edge, found.province, committee),
            committees=[CommitteeTerm.model_validate(each) for each in found.committees],
        )

    return routes


async def _establish(edge: Edge) -> Change:
    async def also(raw: Any) -> list[Fault]:
        must_reach_named(edge, raw)
        return past_faults(raw, "established_on", bangkok_day(edge.now.at))

    body = await edge.body(EstablishBody, also=also)
    if await centres_of(edge.store, [body.province]):
        raise RefusedError("already_established", "the province has its centre")
    stream = Stream(new_id(), edge.store.service, ())
    events = domain.establish(stream.id, **body.model_dump())
    answer = CentreAnswer.model_validate(domain.centre_of(events)).model_dump(mode="json")
    location = f"/centres/{stream.id}"
    return Change(stream, events, answer=answer, status=201, location=location, claims=[claim(body.province, stream.id)])


async def _appoint(edge: Edge, centre_id: UUID) -> Change:
    stream, centre = await _known(edge, centre_id)

    async def also(raw: Any) -> list[Fault]:
        faults = committee_faults(raw, bangkok_day(edge.now.at), established_on=centre.established_on)
        return faults + await _volunteer_faults(edge, centre.province, raw)

    body = await edge.body(CommitteeBody, also=also)
    members = await _sealed(edge, centre_id, body.members)
    events = domain.appoint_committee(centre, order_no=body.order_no, appointed_from=body.from_, members=members)
    after = domain.centre_of([*stream.events, *events])
    assert after is not None
    committee = after.in_office(body.from_)
    assert committee is not None
    answer = CommitteeAnswer(
        centre_id=centre_id,
        order_no=committee.order_no,
        appointed_from=committee.appointed_from,
        until=committee.until,
        members=[Seat.model_validate(member) for member in committee.members],
    )
    location = f"/centres/{centre_id}?on={body.from_}"
    return Change(stream, events, answer=answer.model_dump(mode="json", by_alias=True), status=201, location=location)


async def _volunteer_faults(edge: Edge, province: str, raw: Mapping[str, Any]) -> list[Fault]:
    """Members named as volunteers of the province who are none. Whether there are such elsewhere is not told."""
    members = raw.get("members")
    given = [id_of(member, "volunteer_id") if isinstance(member, dict) else None for member in _first(members)]
    known = await _volunteers(edge, [volunteer_id for volunteer_id in given if volunteer_id is not None])
    return [
        Fault(f"/members/{number}/volunteer_id", "unknown_volunteer", "is no volunteer of the province")
        for number, volunteer_id in enumerate(given)
        if volunteer_id is not None and (volunteer_id not in known or known[volunteer_id].province != province)
    ]


def _first(members: Any) -> Sequence[Any]:
    return members[:MEMBERS_AT_MOST] if isinstance(members, list) else ()


async def _volunteers(edge: Edge, ids: Sequence[UUID]) -> dict[UUID, Volunteer]:
    """Those that are volunteers."""
    streams = await edge.store.load_many(ids) if ids else {}
    found = {volunteer_id: volunteer_of(stream.events) for volunteer_id, stream in streams.items()}
    return {volunteer_id: volunteer for volunteer_id, volunteer in found.items() if volunteer is not None}


async def _sealed(edge: Edge, centre_id: UUID, members: Sequence[MemberBody]) -> list[CommitteeMember]:
    """Under the centre's own key, which is there only where somebody is named."""
    named = any(member.volunteer_id is None for member in members)
    key_ref = await edge.vault.key_for_case(centre_id) if named else None
    return [
        CommitteeMember(
            role=member.role,
            volunteer_id=member.volunteer_id,
            agency=member.agency,
            name=None if member.volunteer_id or key_ref is None else await edge.vault.seal(key_ref, member.personal()),
        )
        for member in members
    ]


async def _known(edge: Edge, centre_id: UUID) -> tuple[Stream, domain.Centre]:
    stream = await edge.stream(centre_id)
    centre = domain.centre_of(stream.events)
    if centre is None:
        raise NotFoundError
    edge.must_reach(centre.province)
    return stream, centre


async def _shown(edge: Edge, province: str, committee: domain.Committee) -> CommitteeShown:
    """What is not shown is not opened either."""
    if not edge.right.people.has(province):
        return CommitteeShown.model_validate(committee)
    volunteers = await _volunteers(edge, [member.volunteer_id for member in committee.members if member.volunteer_id])
    blocks = [
        member.name if member.volunteer_id is None else getattr(volunteers.get(member.volunteer_id), "person", None)
        for member in committee.members
    ]
    names = await names_in(edge.vault, blocks, NAMES)
    await edge.audited(details={"rows": len(blocks), "province": province})
    members = [
        SeatShown.model_validate(member).model_copy(update=name) for member, name in zip(committee.members, names, strict=True)
    ]
    return CommitteeShown.model_validate(committee).model_copy(update={"members": members})

"""Help over HTTP: recorded through a referral or by a unit itself, corrected, voided."""

from datetime import date
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Response

from services.routing import bodies, domain
from services.routing.api.referrals import known_referral
from services.routing.api.units import known_mobile_unit, known_unit, mobile_unit_faults, unit_faults
from services.routing.bodies import (
    AssistanceAnswer,
    AssistanceBody,
    CorrectBody,
    ReasonBody,
    no_person_faults,
)
from services.routing.domain import NOBODY, Assistance, Case, Help, Whom
from services.routing.units import MobileUnit
from services.routing.whereabouts import assistance_claim, stream_of_assistance
from services.routing.words import enrolled, sealed_note, sealed_reason
from shared.buddhist_calendar import bangkok_day
from shared.errors import Fault, InvalidError, NotFoundError
from shared.events.contract import Event
from shared.ids import new_id
from shared.store import Stream
from shared.web import Change, Edge, WriteEdge
from shared.web.openapi import takes
from shared.web.refusals import refuses


def router() -> APIRouter:
    routes = APIRouter()

    @routes.post(
        "/referrals/{referral_id}/assistance",
        status_code=201,
        response_model=AssistanceAnswer,
        openapi_extra=takes(AssistanceBody),
    )
    @refuses(409, "wrong_state", "person_forgotten")
    async def record(edge: WriteEdge, referral_id: UUID) -> Response:
        """On a referral that is sent it also accepts; the referral is then done. Later ones may be added. Help that is given at a
        mobile unit stands under its project name."""
        return await edge.write(lambda: _record(edge, referral_id))

    @routes.post("/assistance", status_code=201, response_model=AssistanceAnswer, openapi_extra=takes(AssistanceBody))
    @refuses(404, "not_found")
    @refuses(409, "person_forgotten")
    async def record_own(edge: WriteEdge) -> Response:
        """Help that a unit gave by itself, or that was given at a mobile one, without a referral. The unit of a clerk is his own,
        and need not be named; help at a mobile unit may be no unit's, and stands under the mobile unit's project name."""
        return await edge.write(lambda: _record_own(edge))

    @routes.post("/assistance/{assistance_id}/correct", response_model=AssistanceAnswer, openapi_extra=takes(CorrectBody))
    @refuses(409, "wrong_state", "person_forgotten")
    async def correct(edge: WriteEdge, assistance_id: UUID) -> Response:
        return await edge.write(lambda: _correct(edge, assistance_id))

    @routes.post("/assistance/{assistance_id}/void", response_model=AssistanceAnswer, openapi_extra=takes(ReasonBody))
    @refuses(409, "wrong_state")
    async def void(edge: WriteEdge, assistance_id: UUID) -> Response:
        return await edge.write(lambda: _void(edge, assistance_id))

    return routes


async def _record(edge: Edge, referral_id: UUID) -> Change:
    stream, referral = await known_referral(edge, referral_id)

    async def also(raw: Any) -> list[Fault]:
        people = bodies.person_faults(raw, _today(edge), required=False) if referral.kind.tipoff else no_person_faults(raw)
        unit = await unit_faults(edge, raw, bodies.unit_of(raw), agency=referral.agency)
        mobile = await mobile_unit_faults(edge, raw, province=referral.province)
        return [*people, *bodies.future_faults(raw, _today(edge)), *unit, *mobile, *bodies.project_faults(raw)]

    body = await edge.body(AssistanceBody, also=also)
    domain.must_take_help(referral)  # before anything is sealed
    whom = await _named(edge, body)
    if whom is None:
        # A tip-off that names somebody names who told of it, not who was helped.
        whom = NOBODY if referral.kind.tipoff else Whom(referral.person_ref, referral.person, referral.worker_type)
    mobile = await known_mobile_unit(edge, body.mobile_unit_id)
    given = await _help(edge, stream, body, whom, mobile, unit_id=body.unit_id or referral.unit_id)
    assistance_id = new_id()
    return _change(stream, domain.record_assistance(referral, given, assistance_id=assistance_id, at=edge.now.at), assistance_id)


async def _record_own(edge: Edge) -> Change:
    own = None if edge.reach.whole else edge.reach.unit_id

    async def also(raw: Any) -> list[Fault]:
        people = bodies.person_faults(raw, _today(edge), required=True)
        places = [*await _place_faults(edge, raw, own), *bodies.project_faults(raw)]
        return [*people, *bodies.future_faults(raw, _today(edge)), *places]

    body = await edge.body(AssistanceBody, also=also)
    unit, mobile = await known_unit(edge, body.unit_id or own), await known_mobile_unit(edge, body.mobile_unit_id)
    place, whom = unit or mobile, await _named(edge, body)
    assert place is not None  # `also` saw to it, and to the next
    assert whom is not None
    stream = Stream(new_id(), edge.store.service, ())
    given = await _help(edge, stream, body, whom, mobile, unit_id=body.unit_id or own)
    return _change(stream, domain.record_own_assistance(place, given, assistance_id=stream.id, at=edge.now.at), stream.id)


async def _place_faults(edge: Edge, raw: Any, own: UUID | None) -> list[Fault]:
    """Help without a referral is a unit's, is given at a mobile unit, or both. `own`: the unit for which the caller speaks; who
    speaks for a whole province may leave out the unit of help at a mobile one."""
    named = raw.get("unit_id") is not None
    if named or own is not None:
        faults = await unit_faults(edge, raw, bodies.unit_of(raw) if named else own)
    elif edge.reach.whole and raw.get("mobile_unit_id") is not None:
        faults = []
    else:
        faults = [Fault("/unit_id", "required", "must be given")]
    return [*faults, *await mobile_unit_faults(edge, raw, own=own)]


async def _named(edge: Edge, body: AssistanceBody) -> Whom | None:
    """Who is named with the help. None if nobody is."""
    if body.citizen is None:
        return None
    person_ref, person = await enrolled(edge.vault, body.citizen)
    return Whom(person_ref, person, body.worker_type, consent=bool(body.consent))


async def _help(
    edge: Edge, stream: Stream, body: AssistanceBody, whom: Whom, mobile: MobileUnit | None, *, unit_id: UUID | None
) -> Help:
    """Under the mobile unit's project name, if it is given there."""
    project_name = body.project_name if mobile is None else mobile.project_name
    assert project_name is not None  # `project_faults`
    listed = await edge.vault.roster.look_up(whom.person_ref)
    return Help(
        assistance_type=body.assistance_type,
        project_name=project_name,
        service_date=body.service_date,
        unit_id=unit_id,
        mobile_unit_id=body.mobile_unit_id,
        whom=whom,
        in_database=listed.in_database,
        roster_edition=listed.edition,
        words=await sealed_note(edge.vault, whom.person_ref, stream.id, body.note),
    )


async def _correct(edge: Edge, assistance_id: UUID) -> Change:
    stream, _, assistance = await _known(edge, assistance_id)

    async def also(raw: Any) -> list[Fault]:
        return [
            *bodies.correction_faults(raw, person=assistance.person_ref is not None),
            *bodies.future_faults(raw, _today(edge)),
            *await _closed_faults(edge, assistance, bodies.day_of(raw)),
        ]

    body = await edge.body(CorrectBody, also=also)
    domain.must_stand(assistance)  # before anything is sealed
    changes = {name: value for name, value in body.changes.items() if value != getattr(assistance, name)}
    if body.note is not None:
        changes["words"] = await sealed_note(edge.vault, assistance.person_ref, stream.id, body.note)
    if not changes:
        raise InvalidError([Fault("", "invalid", "all of it is recorded so already")])
    reason = await sealed_reason(edge.vault, assistance.person_ref, stream.id, body.reason)
    return _change(stream, domain.correct(assistance, changes, reason=reason), assistance_id)


async def _void(edge: Edge, assistance_id: UUID) -> Change:
    stream, case, assistance = await _known(edge, assistance_id)
    body = await edge.body(ReasonBody)
    domain.must_stand(assistance)  # before anything is sealed
    reason = await sealed_reason(edge.vault, assistance.person_ref, stream.id, body.reason)
    return _change(stream, domain.void(case, assistance, reason=reason), assistance_id)


async def _known(edge: Edge, assistance_id: UUID) -> tuple[Stream, Case, Assistance]:
    """Raises NotFoundError at once: help is known to nobody before it is stored here."""
    stream_id = await stream_of_assistance(edge.store, assistance_id)
    if stream_id is None:
        raise NotFoundError
    stream = await edge.stream(stream_id)
    case = domain.fold(stream.events)
    found = case.assistances[assistance_id]
    edge.must_reach(found.province, agency=found.agency, unit_id=found.unit_id)
    return stream, case, found


async def _closed_faults(edge: Edge, assistance: Assistance, day: date | None) -> list[Fault]:
    """Help that a unit gave by itself cannot be moved to a day on which it was closed."""
    if day in (None, assistance.service_date) or assistance.case_id is not None or assistance.unit_id is None:
        return []
    unit = await known_unit(edge, assistance.unit_id)
    if unit is not None and day is not None and unit.open_on(day):
        return []
    return [Fault("/service_date", "unknown_unit", "the service unit was not open on that day")]


def _today(edge: Edge) -> date:
    return bangkok_day(edge.now.at)


def _change(stream: Stream, events: list[Event], assistance_id: UUID) -> Change:
    """A new help takes the claim that leads to it and is answered 201."""
    now = domain.fold(events).assistances[assistance_id]
    new = now.revision == 1
    return Change(
        stream,
        events,
        answer=AssistanceAnswer.model_validate(now).model_dump(mode="json"),
        status=201 if new else 200,
        claims=[assistance_claim(assistance_id, stream.id)] if new else [],
        about=now.person_ref,
    )

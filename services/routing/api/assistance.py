"""Help over HTTP: recorded through a referral or by a unit itself, corrected, voided."""

from datetime import date
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Response

from services.routing import bodies, domain
from services.routing.api.referrals import known_referral
from services.routing.bodies import AssistanceAnswer, AssistanceBody, CorrectBody, ReasonBody, no_person_faults
from services.routing.domain import NOBODY, Assistance, Case, Help, Unit, Whom
from services.routing.whereabouts import assistance_claim, stream_of_assistance
from services.routing.words import enrolled, sealed_note, sealed_reason
from shared.buddhist_calendar import bangkok_day
from shared.errors import Fault, InvalidError, NotFoundError
from shared.events.contract import Event
from shared.ids import new_id
from shared.store import Stream
from shared.web import Change, Edge, WriteEdge
from shared.web.openapi import takes


def router() -> APIRouter:
    routes = APIRouter()

    @routes.post(
        "/referrals/{referral_id}/assistance",
        status_code=201,
        response_model=AssistanceAnswer,
        openapi_extra=takes(AssistanceBody),
    )
    async def record(edge: WriteEdge, referral_id: UUID) -> Response:
        """On a referral that is sent it also accepts; the referral is then done. Later ones may be added."""
        return await edge.write(lambda: _record(edge, referral_id))

    @routes.post("/assistance", status_code=201, response_model=AssistanceAnswer, openapi_extra=takes(AssistanceBody))
    async def record_own(edge: WriteEdge) -> Response:
        """Help that a unit gave by itself, without a referral. The unit of a clerk is his own, and need not be named."""
        return await edge.write(lambda: _record_own(edge))

    @routes.post("/assistance/{assistance_id}/correct", response_model=AssistanceAnswer, openapi_extra=takes(CorrectBody))
    async def correct(edge: WriteEdge, assistance_id: UUID) -> Response:
        return await edge.write(lambda: _correct(edge, assistance_id))

    @routes.post("/assistance/{assistance_id}/void", response_model=AssistanceAnswer, openapi_extra=takes(ReasonBody))
    async def void(edge: WriteEdge, assistance_id: UUID) -> Response:
        return await edge.write(lambda: _void(edge, assistance_id))

    return routes


async def _record(edge: Edge, referral_id: UUID) -> Change:
    stream, referral = await known_referral(edge, referral_id)

    async def also(raw: Any) -> list[Fault]:
        people = bodies.person_faults(raw, _today(edge), required=False) if referral.kind.tipoff else no_person_faults(raw)
        unit = await _unit_faults(edge, raw, bodies.unit_of(raw), agency=referral.agency)
        return [*people, *bodies.future_faults(raw, _today(edge)), *unit]

    body = await edge.body(AssistanceBody, also=also)
    domain.must_take_help(referral)  # before anything is sealed
    whom = await _named(edge, body)
    if whom is None:
        # A tip-off that names somebody names who told of it, not who was helped.
        whom = NOBODY if referral.kind.tipoff else Whom(referral.person_ref, referral.person, referral.worker_type)
    given = await _help(edge, stream, body, whom, unit_id=body.unit_id or referral.unit_id)
    assistance_id = new_id()
    return _change(stream, domain.record_assistance(referral, given, assistance_id=assistance_id, at=edge.now.at), assistance_id)


async def _record_own(edge: Edge) -> Change:
    own = None if edge.reach.whole else edge.reach.unit_id

    async def also(raw: Any) -> list[Fault]:
        people = bodies.person_faults(raw, _today(edge), required=True)
        named = raw.get("unit_id") is not None
        unit_id = bodies.unit_of(raw) if named else own
        unit = await _unit_faults(edge, raw, unit_id) if named or own else [Fault("/unit_id", "required", "must be given")]
        return [*people, *bodies.future_faults(raw, _today(edge)), *unit]

    body = await edge.body(AssistanceBody, also=also)
    unit_id = body.unit_id or own
    assert unit_id is not None  # `also` saw to it, and to the two below
    unit, whom = await _unit(edge, unit_id), await _named(edge, body)
    assert unit is not None
    assert whom is not None
    stream = Stream(new_id(), edge.store.service, ())
    given = await _help(edge, stream, body, whom, unit_id=unit.unit_id)
    return _change(stream, domain.record_own_assistance(unit, given, assistance_id=stream.id, at=edge.now.at), stream.id)


async def _named(edge: Edge, body: AssistanceBody) -> Whom | None:
    """Who is named with the help. None if nobody is."""
    if body.citizen is None:
        return None
    person_ref, person = await enrolled(edge.vault, body.citizen)
    return Whom(person_ref, person, body.worker_type, consent=bool(body.consent))


async def _help(edge: Edge, stream: Stream, body: AssistanceBody, whom: Whom, *, unit_id: UUID | None) -> Help:
    listed = await edge.vault.roster.look_up(whom.person_ref)
    return Help(
        assistance_type=body.assistance_type,
        project_name=body.project_name,
        service_date=body.service_date,
        unit_id=unit_id,
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


async def _unit_faults(edge: Edge, raw: Any, unit_id: UUID | None, *, agency: str | None = None) -> list[Fault]:
    """A unit that is named must have been open on the day of the help. The need's own unit, which stands for one not named, is
    not asked: an agency's help must not fail because the unit that reported the need has closed since."""
    if unit_id is None:
        return []
    unit, day = await _reached_unit(edge, unit_id, agency), bodies.day_of(raw)
    if unit is None or (day is not None and not unit.open_on(day)):
        return [Fault("/unit_id", "unknown_unit", "is no service unit open on that day")]
    return []


async def _reached_unit(edge: Edge, unit_id: UUID, agency: str | None) -> Unit | None:
    """A unit on whose form the caller may put help; `agency`: whose help it is. None after a second for one that is nowhere.
    Raises NotFoundError for others' units, and also after a second: who does not see all learns nothing of what there is."""

    async def look() -> Unit | None:
        unit = await _unit(edge, unit_id)
        if unit is None or not edge.reach.has(unit.province, agency=agency, unit_id=unit_id):
            return None
        return unit

    found: Unit | None = await edge.soon(look)
    if found is None and not (edge.reach.provinces is None and edge.reach.has("", agency=agency, unit_id=unit_id)):
        raise NotFoundError
    return found


async def _closed_faults(edge: Edge, assistance: Assistance, day: date | None) -> list[Fault]:
    """Help that a unit gave by itself cannot be moved to a day on which it was closed."""
    if day in (None, assistance.service_date) or assistance.case_id is not None or assistance.unit_id is None:
        return []
    unit = await _unit(edge, assistance.unit_id)
    if unit is not None and day is not None and unit.open_on(day):
        return []
    return [Fault("/service_date", "unknown_unit", "the service unit was not open on that day")]


async def _unit(edge: Edge, unit_id: UUID) -> Unit | None:
    return domain.unit_of((await edge.store.load(unit_id)).events)


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

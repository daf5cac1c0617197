"""From a request to what is stored and answered: a need reported, a need taken back. Shapes are in `bodies.py`, decisions in
`domain.py`; here is what they need looked up, sealed and claimed."""

from datetime import date
from typing import Any
from uuid import UUID

from services.intake import domain, rules
from services.intake.bodies import NeedAnswer, NeedBody, WithdrawAnswer, WithdrawBody, day_of_report, need_faults
from services.intake.domain import Need
from services.intake.duplicates import Line, Turn, line, line_name
from services.intake.reach import reaches, reporting, seen
from services.intake.reporters import Reporters, unit_of, volunteer_of
from shared.buddhist_calendar import bangkok_day
from shared.errors import Fault, NotFoundError
from shared.events.case_status import CaseStatus
from shared.events.codes import IdKind
from shared.events.intake import NeedReported
from shared.fields import Citizen
from shared.sealed import Sealed
from shared.store import Stream
from shared.vault import PersonForgottenError
from shared.web import Change, Edge


async def report(edge: Edge, case_id: UUID, turn: Turn) -> Change:
    """Raises InvalidError with all faults. The citizen is enrolled last, when nothing can be refused any more."""
    reporters = Reporters()

    async def also(raw: Any) -> list[Fault]:
        nonlocal reporters
        reporters = await _reporters(edge, *reporting(edge.reach, raw))
        return need_faults(raw, edge.now.at) + reporters.faults(day_of_report(raw, edge.now.at))

    body = await edge.body(NeedBody, also=also)
    need = body.need(now=edge.now.at, volunteer_id=reporters.volunteer_id, unit_id=reporters.unit_of_need)
    person_ref = None if body.citizen is None else await edge.vault.enrol(body.citizen.id_kind, body.citizen.number)
    known = await _line(edge, body.citizen, person_ref, need, turn)
    original = None if known is None else known.original
    event = domain.report_need(
        case_id,
        need,
        person_ref=person_ref,
        person=await _sealed_person(edge, body.citizen, person_ref),
        words=await _sealed_words(edge, case_id, person_ref, detail=body.detail),
        original=None if original is None else original.id,
    )
    return Change(
        Stream(case_id, edge.store.service, ()),
        [event],
        answer=_answer(event, seen(edge.reach, original), _warnings(body, bangkok_day(edge.now.at))),
        status=201,
        location=f"/needs/{case_id}",
        claims=[] if known is None else [known.join(case_id)],
        rests_on=[] if original is None else [original],
        about=person_ref,
    )


async def withdraw(edge: Edge, case_id: UUID) -> Change:
    """Raises NotFoundError, InvalidError, RefusedError `wrong_state`."""
    stream, case = await known_case(edge, case_id)
    body = await edge.body(WithdrawBody)
    need = domain.must_be_withdrawable(case)  # before anything is sealed
    words = await _sealed_reason(edge, case_id, need.person_ref, body.reason)
    event = domain.withdraw(case, words=words, at=edge.now.at)
    answer = WithdrawAnswer(case_id=case_id, status=CaseStatus.WITHDRAWN, withdrawn_at=event.withdrawn_at)
    return Change(stream, [event], answer=answer.model_dump(mode="json"), about=need.person_ref)


async def known_case(edge: Edge, case_id: UUID) -> tuple[Stream, domain.Case]:
    """A need that was reported here. Raises NotFoundError, also for the id of something else, and for what the caller may not
    touch."""
    stream = await edge.stream(case_id)
    case = domain.fold(stream.events)
    if case.need is None or not reaches(edge.reach, case.need):
        raise NotFoundError
    return stream, case


async def _reporters(edge: Edge, volunteer_id: UUID | None, unit_id: UUID | None) -> Reporters:
    """Whoever is not known yet is waited for, both at once. One of a province that is not the caller's stays unknown."""
    wanted = [reporter for reporter in (volunteer_id, unit_id) if reporter is not None]
    if not wanted:
        return Reporters()

    async def look() -> Reporters:
        streams = await edge.store.load_many(wanted)
        found = Reporters(
            volunteer_id=volunteer_id,
            unit_id=unit_id,
            volunteer=None if volunteer_id is None else volunteer_of(streams[volunteer_id].events),
            unit=None if unit_id is None else unit_of(streams[unit_id].events),
        )
        return found.within(edge.reach)

    async def look_for_all() -> Reporters | None:
        found = await look()
        return found if found.complete else None

    return await edge.soon(look_for_all) or await look()


async def _line(edge: Edge, citizen: Citizen | None, person_ref: UUID | None, need: Need, turn: Turn) -> Line | None:
    """None for a need of nobody, and of somebody without a document, who is a new person each time."""
    if citizen is None or person_ref is None or citizen.id_kind is IdKind.NONE:
        return None
    name = line_name(person_ref, need)
    await turn.wait(name)
    return await line(edge.store, name)


async def _sealed_person(edge: Edge, citizen: Citizen | None, person_ref: UUID | None) -> Sealed | None:
    if citizen is None or person_ref is None:
        return None
    return await edge.vault.seal(person_ref, citizen.personal())


async def _sealed_words(edge: Edge, case_id: UUID, person_ref: UUID | None, **words: str | None) -> Sealed | None:
    """Under the person's key, or without a person (a tip-off) under the case's."""
    given = {name: text for name, text in words.items() if text is not None}
    if not given:
        return None
    return await edge.vault.seal(person_ref or await edge.vault.key_for_case(case_id), given)


async def _sealed_reason(edge: Edge, case_id: UUID, person_ref: UUID | None, reason: str) -> Sealed:
    """Likewise. About a person who was forgotten nothing more is kept: that the need was taken back is stored, why is not."""
    try:
        words = await _sealed_words(edge, case_id, person_ref, reason=reason)
        assert words is not None  # there is a reason
        return words
    except PersonForgottenError:
        return await edge.vault.seal(await edge.vault.key_for_case(case_id), {})


def _warnings(body: NeedBody, today: date) -> list[str]:
    citizen = body.citizen
    return rules.warnings(
        thai_id=citizen.number if citizen is not None and citizen.id_kind is IdKind.THAI else None,
        birth_year=None if citizen is None else citizen.birth_year,
        worker_type=body.worker_type,
        day=today,
    )


def _answer(event: NeedReported, duplicate_of: UUID | None, warnings: list[str]) -> dict[str, Any]:
    answer = NeedAnswer(
        case_id=event.case_id,
        status=CaseStatus.REPORTED,
        province=event.province,
        kind=event.kind,
        urgent=event.urgent,
        duplicate=event.duplicate,
        duplicate_of=duplicate_of,
        warnings=warnings,
    )
    return answer.model_dump(mode="json")

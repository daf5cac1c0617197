"""From a request about a person to what is stored and answered. Shapes are in `bodies.py`."""

from typing import Any
from uuid import UUID

from services.intake.imports.rows import ROW, ROW_OF
from services.intake.people import bodies, views
from services.intake.people.bodies import CorrectedAnswer, CorrectPersonBody, ForgetBody, PersonAnswer
from shared.buddhist_calendar import bangkok_day
from shared.corrections import correction_of, forgotten_by
from shared.errors import ConflictError, Fault, NotFoundError
from shared.events.intake import PersonCorrected, PersonForgotten
from shared.sealed import Sealed
from shared.store import Claim, Stream
from shared.vault import PersonForgottenError
from shared.web import Change, Edge


async def forget(edge: Edge) -> Change:
    """Said first; what erases the key follows it. With it goes what imported rows of the person are known by: somebody without a
    document is known there by the names. Raises InvalidError, NotFoundError for a person whom nobody knows. Of somebody who is
    forgotten already nothing more is said."""

    async def also(raw: Any) -> list[Fault]:
        return bodies.forget_faults(raw)

    body = await edge.body(ForgetBody, also=also)
    stream = await _stream(edge, await _person(edge, body))
    answer = PersonAnswer(person_ref=stream.id).model_dump(mode="json")
    if forgotten_by(stream.events) is not None:
        return Change(stream, [], answer, status=202, about=stream.id)
    if not await edge.vault.knows(stream.id):
        forgotten = forgotten_by((await _stream(edge, stream.id)).events) is not None
        raise ConflictError if forgotten else NotFoundError  # by another request, since the stream was loaded
    rows = await _rows(edge, stream.id)
    try:
        words = await edge.vault.seal(stream.id, {"reason": body.reason})
    except PersonForgottenError:
        raise ConflictError from None  # by another request, since the stream was loaded
    event = PersonForgotten(person_ref=stream.id, ground=body.ground, forgotten_at=edge.now.at, words=words)
    return Change(stream, [event], answer, status=202, claims=rows, about=stream.id)


async def correct(edge: Edge, person_ref: UUID) -> Change:
    """Raises NotFoundError, InvalidError, RefusedError: `already_known`, `person_forgotten`.

    A new document is put into the vault last before the append, as people are enrolled: if the append is lost, asking again does
    all of it, and until then the person is found by the right document and shown with the wrong one."""
    stream = await _stream(edge, person_ref)
    forgotten = forgotten_by(stream.events) is not None
    if not forgotten:
        await _must_be_known(edge, person_ref)

    async def also(raw: Any) -> list[Fault]:
        return bodies.correction_faults(raw, bangkok_day(edge.now.at).year)

    body = await edge.body(CorrectPersonBody, also=also)
    if forgotten:
        raise PersonForgottenError
    given = body.fields.personal()
    before = correction_of(stream.events)
    fields = {**await _put_right(edge, before), **given}
    person = await edge.vault.seal(person_ref, fields)
    words = await edge.vault.seal(person_ref, {"reason": body.reason})
    if "citizen_id" in given:
        await edge.vault.rekey(person_ref, given["id_kind"], given["citizen_id"])
    event = PersonCorrected(person_ref=person_ref, person=person, corrected_at=edge.now.at, words=words)
    answer = CorrectedAnswer(person_ref=person_ref, corrected_at=event.corrected_at, fields=sorted(fields))
    return Change(stream, [event], answer.model_dump(mode="json"), about=person_ref)


async def _person(edge: Edge, body: ForgetBody) -> UUID:
    if body.person_ref is not None:
        return body.person_ref
    assert body.id_kind is not None  # `forget_faults` saw to both
    assert body.citizen_id is not None
    found = await edge.vault.find(body.id_kind, body.citizen_id)
    if found is None:
        raise NotFoundError
    return found


async def _stream(edge: Edge, person_ref: UUID) -> Stream:
    """What was said of the person; nothing of most."""
    return await edge.store.load(person_ref)


async def _rows(edge: Edge, person_ref: UUID) -> list[Claim]:
    """To be dropped: by what the imported row of somebody without a document, who has one case, is known again. Those of others
    are known by the reference, which leads nowhere then."""
    case_id = (await edge.store.holders(ROW_OF, [str(person_ref)])).get(str(person_ref))
    if case_id is None:
        return []
    async with edge.store.connection() as connection:
        keys = await views.rows_of(connection, case_id)
    return [Claim("drop", ROW_OF, str(person_ref), case_id), *(Claim("drop", ROW, key, case_id) for key in keys)]


async def _must_be_known(edge: Edge, person_ref: UUID) -> None:
    if not await edge.vault.knows(person_ref):
        raise NotFoundError


async def _put_right(edge: Edge, before: PersonCorrected | None) -> dict[str, Any]:
    """What was put right until now."""
    blocks: list[Sealed | None] = [None if before is None else before.person]
    (opened,) = await edge.vault.open_many(blocks)
    return opened if isinstance(opened, dict) else {}

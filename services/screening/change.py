"""From an officer's decision about one case to what is stored and answered: the same for one decision and for many."""

from services.screening import domain
from services.screening.bodies import DecisionBody
from services.screening.domain import Case
from shared.sealed import Sealed
from shared.store import Stream
from shared.web import Change, Edge


async def change_of(edge: Edge, stream: Stream, body: DecisionBody) -> Change:
    """Raises RefusedError: `wrong_state`, `already_decided`, `person_forgotten`."""
    case = domain.fold(stream.events)
    domain.must_be_undecided(case)  # before anything is sealed
    event = domain.screen(case, body.ruling, words=await _sealed(edge, case, body.note), at=edge.now.at)
    answer = event.model_dump(
        mode="json",
        include={"case_id", "decision", "agency", "assistance_type", "priority", "reasons", "round", "decided_at", "automatic"},
    )
    return Change(stream, [event], answer, about=event.person_ref)


async def _sealed(edge: Edge, case: Case, note: str | None) -> Sealed | None:
    """Under the person's key, or without a person (a tip-off) under the case's. Opening could not be asked for here."""
    if note is None or case.facts is None:
        return None
    key_ref = case.facts.person_ref or await edge.sealer.key_for_case(case.facts.case_id)
    return await edge.sealer.seal(key_ref, {"note": note})

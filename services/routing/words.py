"""What people write in their own words, and whom they name, sealed before it is stored."""

from uuid import UUID

from pydantic import JsonValue

from shared.fields import Citizen
from shared.ids import PersonRef
from shared.sealed import Sealed
from shared.vault import PersonForgottenError, Vault


async def sealed_reason(vault: Vault, person_ref: UUID | None, stream: UUID, reason: str) -> Sealed:
    """For the person, or without one for the stream. About a person who was forgotten nothing more is kept: what was decided is
    stored, its words are not."""
    fields: dict[str, JsonValue] = {"reason": reason}
    if person_ref is not None:
        try:
            return await vault.seal(person_ref, fields)
        except PersonForgottenError:
            fields = {}
    return await vault.seal(await vault.key_for_case(stream), fields)


async def sealed_note(vault: Vault, person_ref: UUID | None, stream: UUID, note: str | None) -> Sealed | None:
    """Likewise. Raises PersonForgottenError: a note is only there to be kept."""
    if note is None:
        return None
    return await vault.seal(person_ref or await vault.key_for_case(stream), {"note": note})


async def enrolled(vault: Vault, citizen: Citizen) -> tuple[PersonRef, Sealed]:
    """The citizen's reference and sealed fields; to be asked for last before the append."""
    person_ref = await vault.enrol(citizen.id_kind, citizen.number)
    return person_ref, await vault.seal(person_ref, citizen.personal())

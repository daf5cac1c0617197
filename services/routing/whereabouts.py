"""How the id of a referral or of help leads to the stream that it is in: by claims, which are there as soon as the event is."""

from uuid import UUID

from shared.store import Claim, Store

_REFERRAL = "referral"
_ASSISTANCE = "assistance"


def referral_claim(referral_id: UUID, case_id: UUID) -> Claim:
    return Claim("take", _REFERRAL, str(referral_id), case_id)


def assistance_claim(assistance_id: UUID, stream: UUID) -> Claim:
    """`stream`: the case's, or for help without a case its own."""
    return Claim("take", _ASSISTANCE, str(assistance_id), stream)


async def case_of_referral(store: Store, referral_id: UUID) -> UUID | None:
    return await _holder(store, _REFERRAL, referral_id)


async def stream_of_assistance(store: Store, assistance_id: UUID) -> UUID | None:
    return await _holder(store, _ASSISTANCE, assistance_id)


async def _holder(store: Store, scope: str, wanted: UUID) -> UUID | None:
    return (await store.holders(scope, [str(wanted)])).get(str(wanted))

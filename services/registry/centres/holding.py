"""The claims that a province has one centre. Who holds one is the centre to which the province's service units belong."""

from collections.abc import Iterable
from uuid import UUID

from shared.store import Claim, Store

CENTRE = "centre"
"""Scope of the claims; the key is the province."""


def claim(province: str, centre_id: UUID) -> Claim:
    return Claim("take", CENTRE, province, centre_id)


async def centres_of(store: Store, provinces: Iterable[str]) -> dict[str, UUID]:
    """The centre of each province that has one."""
    wanted = sorted(set(provinces))
    return await store.holders(CENTRE, wanted) if wanted else {}

"""Cards as PDF: what is kept of a card so that the same can be made again, and how it is made of it."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from services.registry.cards.domain import valid_until
from services.registry.cards.tokens import Shown, address, signed
from services.registry.domain import Volunteer
from services.registry.serving import by_name
from shared.files.making import PaperOf
from shared.files.press import press_of
from shared.files.written import written_name
from shared.settings import Settings
from shared.web import Edge
from shared.web.requests import state_of

Facts = dict[str, Any]
"""All that stands on a card but the name; JSON types."""
AS_PDF: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/pdf": {"schema": {"type": "string", "format": "binary"}}}}
}


def facts_of(volunteer: Volunteer, issue: int) -> Facts:
    return {
        "volunteer_id": str(volunteer.volunteer_id),
        "card_no": volunteer.card_no,
        "issue": issue,
        "province": volunteer.province,
        "level": volunteer.level.value,
        "area_code": volunteer.area_code,
        "village_no": volunteer.village_no,
        "valid_until": valid_until(volunteer).isoformat(),
    }


async def names_of(edge: Edge, volunteers: Sequence[Volunteer]) -> dict[UUID, str | None]:
    """None for who was forgotten, and where the caller is not shown the name."""
    shown = await by_name(edge, volunteers)
    return {
        volunteer_id: None
        if one.first_name is None or one.last_name is None
        else written_name(one.title, one.first_name, one.last_name)
        for volunteer_id, one in shown.items()
    }


async def drawn(edge: Edge, how: PaperOf, facts: Sequence[Facts], names: Mapping[UUID, str | None]) -> bytes:
    """`how`: of `drawing`. Raises UnavailableError (`printing_failed`)."""
    settings = state_of(edge.request).settings
    cards = [one | {"name": names.get(UUID(one["volunteer_id"])), "address": _address(settings, one)} for one in facts]
    return await press_of(edge.request).make("pdf", how, {"cards": cards})


def _address(settings: Settings, facts: Facts) -> str:
    token = signed(settings.card_keys[0], Shown(UUID(facts["volunteer_id"]), facts["issue"]))
    return address(settings.card_url, token)

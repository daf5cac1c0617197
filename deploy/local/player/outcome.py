"""What came of a story's survey sheets and of the network around its volunteers, in a line each."""

from collections.abc import Iterator

from deploy.local.player.calling import Json, Services
from deploy.local.player.mobile import suggestion_key
from deploy.local.player.network_parts import MobileUnit
from deploy.local.player.performing import Performance
from deploy.local.player.sheets import again_key, sheet_key
from deploy.local.player.story import Draw, Story
from shared.buddhist_calendar import fiscal_year_bounds


def sheet_lines(story: Story, played: Performance) -> Iterator[str]:
    for draw in story.draws:
        if draw.sheet is not None:
            yield _sheet(draw, played)


async def network_lines(story: Story, played: Performance, services: Services) -> list[str]:
    """As the services tell it."""
    lines = [line for line in (await _centre(story, played, services), _cards(story, played)) if line]
    return lines + [await _mobile_unit(unit, played, services) for unit in story.mobile_units]


def _sheet(draw: Draw, played: Performance) -> str:
    first = played.answers[sheet_key(draw)].body
    rows = first["accepted"] + first["matched"] + first["refused"]
    said = f"survey sheet: {rows:,} rows, {first['accepted']:,} taken in, {first['refused']:,} with mistakes"
    if not draw.mistakes:
        return said
    again = played.answers[again_key(draw)].body
    return f"{said}; sent again: {again['accepted']:,} taken in, {again['matched']:,} known already"


async def _centre(story: Story, played: Performance, services: Services) -> str:
    """The centre's committee, mentors and activities; nothing without a centre."""
    if story.centre is None:
        return ""
    last = fiscal_year_bounds(story.fiscal_year)[1]
    path = f"/centres/{played.answers['centre'].body['centre_id']}"
    centre = await services.get("registry", path, {"on": last.isoformat()}, caller=played.office)
    seats = 0 if centre["committee"] is None else len(centre["committee"]["members"])
    here = {"province": story.province}
    mentors = await services.list("registry", "/mentors", here, caller=played.office)
    held = await services.list("registry", "/activities", here | {"fiscal_year": str(story.fiscal_year)}, caller=played.office)
    return f"centre by order {centre['order_no']}: {seats} in its committee, {len(mentors)} mentors, {len(held)} activities"


def _cards(story: Story, played: Performance) -> str:
    given = sum(answer.body.get("state") == "handed_over" for answer in played.answers.values())
    return f"cards: {given} printed and handed over" if story.cards is not None else ""


async def _mobile_unit(unit: MobileUnit, played: Performance, services: Services) -> str:
    key = f"mobile-unit/{unit.key}"
    planned = played.answers[key]
    found = await services.get("registry", f"/mobile-units/{planned.body['mobile_unit_id']}", {}, caller=played.office)
    # Later there is another order of places: this one has been served.
    wanted = "" if planned.replayed else _rank(unit, played.answers[suggestion_key(unit)].body)
    return f"mobile unit in {unit.area_code}{wanted}: {found['people_served']} served, {found['persons']} of them helped by name"


def _rank(unit: MobileUnit, suggested: Json) -> str:
    areas = [item["area_code"] for item in suggested["items"]]
    return f" (no. {areas.index(unit.area_code) + 1} of {len(areas)} places that want one)" if unit.area_code in areas else ""

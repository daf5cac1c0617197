"""What a story leaves beside reports: survey sheets as they were sent and as they were answered, and printed cards."""

from collections.abc import Iterator
from pathlib import Path

from deploy.local.player.calling import Services
from deploy.local.player.performing import Performance
from deploy.local.player.sheets import sheets_of
from deploy.local.player.story import Story

_CARDS = "cards"


async def papers(story: Story, played: Performance, services: Services, directory: Path) -> dict[str, bytes]:
    """By name. `directory`: where they lay before; an answered sheet that intake keeps no more stays as it is there."""
    found = dict(_as_sent(story, played))
    for key in sheets_of(story):
        name = f"{_name(key)}-answer.xlsx"
        path = f"/imports/{played.answers[key].body['import_id']}.xlsx"
        answered = await services.file_if_kept("intake", path, caller=played.office)
        if answered is None and (directory / name).exists():
            answered = (directory / name).read_bytes()
        if answered is not None:
            found[name] = answered
    return found


def _as_sent(story: Story, played: Performance) -> Iterator[tuple[str, bytes]]:
    for key in sheets_of(story):
        yield f"{_name(key)}.xlsx", played.answers[key].content
    if story.cards is not None:
        yield f"{_CARDS}-{story.province}.pdf", played.answers[_CARDS].content


def _name(key: str) -> str:
    return key.replace("/", "-")

"""Plays a story, told in TOML, into a running stack over HTTP, and asks what it came to. An interrupted story is gone on with by
playing it again: every step has a key of its own, and nothing is done twice."""

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from deploy.local.player.asking import Report, report
from deploy.local.player.calling import Services, new_client
from deploy.local.player.performing import Performance
from deploy.local.player.plan import plan
from deploy.local.player.progress import progress
from deploy.local.player.story import Story, StoryError, load

__all__ = ["Report", "Story", "StoryError", "load", "plan", "play"]


async def play(path: Path, stack: Mapping[str, Any]) -> Report:
    """`stack`: as in `stack.json`; of it `services` is needed, and `reports` says where the reports go. Raises StoryError when a
    step is refused, or when the figures in the end are not those that the story comes to."""
    story = load(path)
    steps, begun = plan(story), time.monotonic()
    async with new_client() as client:
        services = Services(client, stack)
        played = Performance(story=story.name, province=story.province, services=services)
        with progress(story.title, len(steps)) as tell:
            await played.perform(steps, tell)
        directory = Path(stack["reports"]) if "reports" in stack else None
        found = await report(story, steps, played, services, directory=directory, begun=begun)
    # What was played before may have been changed by hand since; what was just played may not.
    if found.fresh and not found.as_planned:
        raise StoryError(str(found))
    return found

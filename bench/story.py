"""Chonburi's year played over HTTP into a running stack: 92 volunteers, 2,760 needs and all that follows, until reporting's
funnel says so. It can be played only once into one store."""

import asyncio
from collections.abc import Iterator

import uvloop

from bench.figures import Figure
from bench.stage import Stage
from deploy.local import player
from deploy.local.repertoire import find_story
from deploy.local.stack_file import as_json

STORY, QUICK_STORY = "chonburi-2555", "short"
ASKED_S = 120.0


def measure(stage: Stage) -> Iterator[Figure]:
    story = find_story(QUICK_STORY if stage.quick else STORY)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        found = runner.run(player.play(story, as_json(stage.stack)))
    yield Figure(f"the story {story.stem} over HTTP", [found.seconds], "s", ASKED_S, at_most=True, note=f"{found.steps:,} steps")

"""`run`: everything up, the stories played once into an empty store, and what happened said at the end. Playing itself is in
`player.py`."""

import asyncio
import json
import tomllib
from dataclasses import asdict
from pathlib import Path
from typing import Literal

import httpx

from deploy.local.failures import StackError
from deploy.local.kafka_jars import HERE
from deploy.local.layout import Layout
from deploy.local.roster import load_roster
from deploy.local.say import say
from deploy.local.stack import up
from deploy.local.stack_file import StackFile, as_json, read_stack

STORIES = HERE / "stories"
ASK_SECONDS = 10.0
Played = Literal["begun", "played"]


def run(data: Path, port_base: int | None, story: str | None) -> None:
    """`story` None: all that are played unasked. Raises StackError."""
    stack = up(data, port_base)
    layout = Layout.of(data)
    chosen = by_default() if story is None else [find_story(story)]
    open_ones = [one for one in chosen if _state(layout, one) != "played"]
    if any(_state(layout, one) is None for one in open_ones) and not _stories(layout) and not _is_empty(stack):
        say("the store is not empty, and no story is in it: it is left as it is")
        open_ones = []
    for one in open_ones:
        play(data, str(one))
    if not open_ones:
        say("no story was played now")
    _say_addresses(layout, stack)


def play(data: Path, story: str) -> None:
    """Plays one story into the running stack; one that was interrupted goes on. Raises StackError."""
    from deploy.local import player
    from deploy.local.player.story import StoryError

    layout = Layout.of(data)
    stack = read_stack(layout)
    if stack is None:
        raise StackError(f"there is no stack in {layout.data}: `up` comes first")
    path = find_story(story)
    _mark(layout, path, "begun")
    try:
        load_roster(data, player.load(path))
        report = asyncio.run(player.play(path, as_json(stack)))
    except (StoryError, httpx.HTTPError) as error:
        raise StackError(
            f"the story {path.stem} stopped: {error or type(error).__name__}; playing it again goes on there"
        ) from error
    _mark(layout, path, "played")
    say(str(report))


def all_stories() -> list[Path]:
    return sorted(STORIES.glob("*.toml"))


def by_default() -> list[Path]:
    """Those that are played unasked."""
    return [path for path in all_stories() if tomllib.loads(path.read_text()).get("by_default", True)]


def find_story(story: str) -> Path:
    """By path, or by name among those that come with the stack."""
    for path in (STORIES / f"{story}.toml", Path(story)):
        if path.is_file():
            return path
    known = ", ".join(path.stem for path in all_stories())
    raise StackError(f"there is no story {story}; there are: {known or 'none'}")


def _is_empty(stack: StackFile) -> bool:
    answer = httpx.get(f"{stack.services['registry'].url}/volunteers?limit=1", timeout=ASK_SECONDS, trust_env=False)
    if answer.status_code != httpx.codes.OK:
        raise StackError(f"registry answers {answer.status_code} when asked for its volunteers")
    return not answer.json()["items"]


def _stories(layout: Layout) -> dict[str, Played]:
    if not layout.stories.exists():
        return {}
    found: dict[str, Played] = json.loads(layout.stories.read_bytes())
    return found


def _state(layout: Layout, story: Path) -> Played | None:
    return _stories(layout).get(story.stem)


def _mark(layout: Layout, story: Path, state: Played) -> None:
    layout.stories.write_text(json.dumps(_stories(layout) | {story.stem: state}, indent=1))


def _say_addresses(layout: Layout, stack: StackFile) -> None:
    say("")
    for name, service in asdict(stack)["services"].items():
        say(f"{name:10} {service['url']}")
    say(f"{'Kafka':10} {stack.kafka_bootstrap}")
    say(f"{'reports':10} {layout.reports}")
    say("The stack is up. `make status` shows it, `make logs` what it says, `make stop` ends it.")

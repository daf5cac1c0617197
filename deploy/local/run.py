"""`run`: everything up, the stories played once into an empty store, and what happened said at the end. Playing itself is in
`player.py`."""

import asyncio
from dataclasses import asdict
from pathlib import Path

import httpx

from deploy.local.failures import StackError
from deploy.local.layout import Layout
from deploy.local.repertoire import by_default, find_story, mark, played
from deploy.local.roster import load_roster
from deploy.local.say import say
from deploy.local.stack import up
from deploy.local.stack_file import StackFile, as_json, read_stack
from deploy.local.tokens import admin, headers, write_tokens

ASK_SECONDS = 10.0


def run(data: Path, port_base: int | None, story: str | None) -> None:
    """`story` None: all that are played unasked. Raises StackError."""
    stack = up(data, port_base)
    layout = Layout.of(data)
    chosen = by_default() if story is None else [find_story(story)]
    open_ones = [one for one in chosen if played(layout).get(one.stem) != "played"]
    if open_ones and not played(layout) and not _is_empty(layout, stack):
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
    mark(layout, path, "begun")
    try:
        load_roster(data, player.load(path))
        report = asyncio.run(player.play(path, as_json(stack)))
    except (StoryError, httpx.HTTPError) as error:
        raise StackError(
            f"the story {path.stem} stopped: {error or type(error).__name__}; playing it again goes on there"
        ) from error
    mark(layout, path, "played")
    write_tokens(layout, stack)
    say(str(report))


def _is_empty(layout: Layout, stack: StackFile) -> bool:
    url = f"{stack.services['registry'].url}/volunteers?limit=1"
    answer = httpx.get(url, headers=headers(layout, admin()), timeout=ASK_SECONDS, trust_env=False)
    if answer.status_code != httpx.codes.OK:
        raise StackError(f"registry answers {answer.status_code} when asked for its volunteers")
    return not answer.json()["items"]


def _say_addresses(layout: Layout, stack: StackFile) -> None:
    say("")
    for name, service in asdict(stack)["services"].items():
        say(f"{name:10} {service['url']}")
    say(f"{'Kafka':10} {stack.kafka_bootstrap}")
    say(f"{'reports':10} {layout.reports}")
    say(f"{'tokens':10} {layout.tokens}")
    say("The stack is up. `make status` shows it, `make logs` what it says, `make stop` ends it.")

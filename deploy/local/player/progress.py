"""How far a story is: a bar on a terminal, a line every few seconds elsewhere."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from deploy.local.player.steps import Step
from deploy.local.say import say
from shared.buddhist_calendar import bangkok_day

_LINE_EVERY = 5.0


@contextmanager
def progress(title: str, total: int) -> Iterator[Callable[[Step], None]]:
    """Gives what is to be called with each step that is done."""
    with _bar(title, total) if sys.stdout.isatty() else _lines(title, total) as tell:
        yield tell


@contextmanager
def _bar(title: str, total: int) -> Iterator[Callable[[Step], None]]:
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[day]}"))
    with Progress(*columns, TimeElapsedColumn()) as bar:
        task = bar.add_task(title, total=total, day="")
        yield lambda step: bar.update(task, advance=1, day=str(bangkok_day(step.at)))


@contextmanager
def _lines(title: str, total: int) -> Iterator[Callable[[Step], None]]:
    done, begun = 0, time.monotonic()
    said_at = begun
    say(f"· {title}: {total} steps …")

    def tell(step: Step) -> None:
        nonlocal done, said_at
        done += 1
        now = time.monotonic()
        if now - said_at >= _LINE_EVERY:
            said_at = now
            say(f"  {bangkok_day(step.at)}  {done}/{total} steps, {done / (now - begun):.0f}/s")

    yield tell
    say(f"✓ {title}: {done} steps ({time.monotonic() - begun:.1f} s)")

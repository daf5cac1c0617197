"""Which stories come with the stack, and which of them, or of others, were played into it."""

import json
import tomllib
from pathlib import Path
from typing import Literal

from deploy.local.failures import StackError
from deploy.local.kafka_jars import HERE
from deploy.local.layout import Layout

STORIES = HERE / "stories"
Played = Literal["begun", "played"]


def all_stories() -> list[Path]:
    return sorted(STORIES.glob("*.toml"))


def by_default() -> list[Path]:
    """Those that are played unasked."""
    return [path for path in all_stories() if tomllib.loads(path.read_text()).get("by_default", True)]


def find_story(story: str) -> Path:
    """By path, or by name among those that come with the stack. Raises StackError."""
    for path in (STORIES / f"{story}.toml", Path(story)):
        if path.is_file():
            return path
    known = ", ".join(path.stem for path in all_stories())
    raise StackError(f"there is no story {story}; there are: {known or 'none'}")


def province_of(story: Path) -> str:
    return str(tomllib.loads(story.read_text())["province"])


def played(layout: Layout) -> dict[str, Played]:
    """By name."""
    if not layout.stories.exists():
        return {}
    found: dict[str, Played] = json.loads(layout.stories.read_bytes())
    return found


def mark(layout: Layout, story: Path, state: Played) -> None:
    layout.stories.write_text(json.dumps(played(layout) | {story.stem: state}, indent=1))

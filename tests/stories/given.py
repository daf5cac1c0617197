"""Stories to test with: those that come with the stack, and a small one to vary."""

from collections.abc import Sequence
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import deploy.local
from deploy.local.player import Story, load, plan
from deploy.local.player.steps import Ref, Step

STORIES = Path(deploy.local.__file__).parent / "stories"
NAMES = sorted(path.stem for path in STORIES.glob("*.toml"))


def story(name: str) -> Story:
    return load(STORIES / f"{name}.toml")


@cache
def planned(name: str) -> tuple[Step, ...]:
    return tuple(plan(story(name)))


def small(**changes: Any) -> Story:
    """Two volunteers of Rayong, one month, nothing drawn."""
    fields: dict[str, Any] = {
        "name": "small",
        "title": "Rayong, June 2023",
        "province": "21",
        "fiscal_year": 2566,
        "seed": 1,
        "office": "9721",
        "volunteers": {"count": 2, "appointed_on": date(2023, 6, 1), "order_no": "รย ๑"},
        "screening": {"every_days": 7},
        "kinds": {"job_domestic": 2, "skill_training": 1},
    }
    return Story.model_validate(fields | changes)


def draw(**changes: Any) -> dict[str, Any]:
    fields = {"name": "month", "each": 3, "first_day": date(2023, 6, 1), "last_day": date(2023, 6, 20), "eligible": 2}
    return fields | changes


def unit() -> dict[str, Any]:
    return {"key": "unit", "name": "หน่วย", "area_code": "210101", "village_no": 1, "opened_on": date(2023, 6, 1)}


def named(steps: Sequence[Step], action: str) -> list[Step]:
    return [step for step in steps if step.action.name == action]


def target(step: Step) -> Ref:
    assert isinstance(step.target, Ref)
    return step.target

"""Who of a story's people is in the informal-worker database: drawn from its seed, pure."""

from collections.abc import Iterable
from random import Random

from deploy.local.player.steps import Step
from deploy.local.player.story import Story


def listed(story: Story, steps: Iterable[Step]) -> list[str]:
    """Citizen IDs, in order; none for a story without a roster."""
    if story.roster is None:
        return []
    citizens = (step.body["citizen"] for step in steps if "citizen" in step.body)
    numbers = sorted({citizen["citizen_id"] for citizen in citizens if citizen["id_kind"] == "thai"})
    return sorted(Random(f"{story.seed}/roster").sample(numbers, round(len(numbers) * story.roster.share)))

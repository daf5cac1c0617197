"""What people need in a story, drawn from its seed: who and when, and what the office decides. The counts are exact; only their
spread is drawn. What the agencies do then is in `following.py`."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Any, Literal

from deploy.local.player.chance import CLOSES, OPENS, kind, named
from deploy.local.player.following import Fate, Need, follows
from deploy.local.player.people import People, detail, not_eligible_reason
from deploy.local.player.sheets import on_sheet, sheet_steps
from deploy.local.player.steps import DECIDE, OFFICE, REPORT, By, Ref, Step, moment
from deploy.local.player.story import Draw, Story, StoryError
from shared.buddhist_calendar import fiscal_year_bounds

SCREENS = 16 * 60 + 45
"""Minute of the day at which the office screens."""
BATCH = 500


@dataclass(frozen=True, slots=True)
class Reporter:
    """Who reports: a volunteer or a unit (the step that made it), and where the people live."""

    step: str
    id_field: Literal["volunteer_id", "unit_id"]
    area_code: str
    village_no: int | None

    @property
    def by(self) -> By:
        return By("volunteer" if self.id_field == "volunteer_id" else "unit_clerk", self.step)


def drawn(story: Story, draw: Draw, reporters: Sequence[Reporter], people: People) -> Iterator[Step]:
    """All steps of a draw. `reporters`: one for each need, in any order."""
    rng = Random(f"{story.seed}/{draw.name}")
    last = fiscal_year_bounds(story.fiscal_year)[1]
    fates = _fates(draw, len(reporters))
    rng.shuffle(fates)
    needs = sorted(
        (
            _need(rng, story, draw, number, reporter, fate, people)
            for number, (reporter, fate) in enumerate(zip(reporters, fates, strict=True))
        ),
        key=lambda need: need.at,
    )
    if draw.sheet is not None:
        needs = [on_sheet(draw, row, need) for row, need in enumerate(needs)]
        yield from sheet_steps(story, draw, needs)
    for day, batch in _batches(needs, draw, story.screening.every_days, last).items():
        for number, start in enumerate(range(0, len(batch), BATCH)):
            part = batch[start : start + BATCH]
            decision = _decision(rng, f"{draw.name}/screen/{day}/{number}", part, day)
            yield from (need.step for need in part)
            yield decision
            for need in part:
                yield from follows(rng, draw, need, decision, last)


def _fates(draw: Draw, total: int) -> list[Fate]:
    if draw.eligible > total:
        raise StoryError(f"{draw.name}: {draw.eligible} of {total} needs cannot be eligible")
    waits = draw.eligible - draw.helped - draw.accepted - draw.closed
    counts: dict[Fate, int] = {
        "helped": draw.helped,
        "accepted": draw.accepted,
        "closed": draw.closed,
        "waits": waits,
        "refused": total - draw.eligible,
    }
    return [fate for fate, count in counts.items() for _ in range(count)]


def _need(rng: Random, story: Story, draw: Draw, number: int, reporter: Reporter, fate: Fate, people: People) -> Need:
    day = draw.first_day + timedelta(rng.randint(0, (draw.last_day - draw.first_day).days))
    wanted = kind(rng, story)
    body = {
        "kind": wanted.value,
        "area_code": reporter.area_code,
        "village_no": reporter.village_no or rng.randint(1, 12),
        reporter.id_field: Ref(reporter.step, reporter.id_field),
        **({"detail": detail(rng, wanted)} if rng.random() < 0.5 else {}),
        **named(people),
    }
    key = f"{draw.name}/{number:05}"
    at = moment(day, rng.randint(OPENS, CLOSES))
    return Need(key, at, wanted, fate, Step(key=key, at=at, action=REPORT, by=reporter.by, body=body))


def _batches(needs: Sequence[Need], draw: Draw, every: int, last: date) -> Mapping[date, list[Need]]:
    """The days on which the office screens, each with what came in since the one before; of a sheet as many as it manages, from
    the day on which it was sent."""
    found: dict[date, list[Need]] = defaultdict(list)
    for number, need in enumerate(needs):
        if draw.sheet is None:
            turns = (need.at.date() - draw.first_day).days // every + 1
            day = draw.first_day + timedelta(turns * every - 1)
        else:
            day = draw.sheet + timedelta(number // BATCH * every)
        found[min(day, last)].append(need)
    return found


def _decision(rng: Random, key: str, needs: Sequence[Need], day: date) -> Step:
    items = []
    for need in needs:
        item: dict[str, Any] = {"case_id": Ref(need.key, "case_id"), "decision": "eligible"}
        if need.fate == "refused":
            item |= {"decision": "not_eligible", "reasons": [not_eligible_reason(rng)]}
        items.append(item)
    queued = tuple(need.key for need in needs)
    return Step(key=key, at=moment(day, SCREENS), action=DECIDE, by=OFFICE, body={"items": items}, queued=queued)

"""What is left to chance in a story, drawn from its seed: who needs what and when, what comes of it, and what units do by
themselves. The counts are exact; only their spread is drawn."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random
from typing import Any, Literal

from deploy.local.player.people import People, detail, help_with, not_eligible_reason
from deploy.local.player.steps import (
    ACCEPT,
    AGENCY,
    CLOSE,
    DECIDE,
    HELP,
    OFFICE,
    REPORT,
    UNIT_HELP,
    By,
    Ref,
    Referral,
    Step,
    moment,
)
from deploy.local.player.story import Draw, Story, StoryError, UnitHelp
from shared.buddhist_calendar import Month, fiscal_year_bounds
from shared.events.codes import NeedKind

Fate = Literal["refused", "waits", "accepted", "closed", "helped"]

OPENS, CLOSES, SCREENS = 8 * 60 + 30, 16 * 60, 16 * 60 + 45
"""Minutes of the day between which people come, and when the office screens."""
HELPED_WITHIN = 28
ON_THE_DAY = 0.6
"""How much of the help falls on the days of `help_on`, where one is near."""
AGAIN = 0.15
"""How often a unit helps somebody whom it helped before."""
BATCH = 500
_CLOSED = (("not_reached", "ติดต่อไม่ได้"), ("not_needed", "ได้งานทำแล้ว"), ("not_needed", "ไม่ประสงค์รับบริการแล้ว"))


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


@dataclass(frozen=True, slots=True)
class _Need:
    key: str
    at: datetime
    kind: NeedKind
    fate: Fate
    step: Step


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
    for day, batch in _batches(needs, draw.first_day, story.screening.every_days, last):
        for number, start in enumerate(range(0, len(batch), BATCH)):
            part = batch[start : start + BATCH]
            decision = _decision(rng, f"{draw.name}/screen/{day}/{number}", moment(day, SCREENS), part)
            yield from (need.step for need in part)
            yield decision
            for need in part:
                yield from _follows(rng, draw, need, decision, last)


def unit_helps(story: Story, given: UnitHelp, people: People) -> Iterator[Step]:
    """What a unit does by itself, month by month."""
    rng = Random(f"{story.seed}/unit-help/{given.unit}")
    unit = f"unit/{given.unit}"
    known: list[dict[str, Any]] = []
    month = Month.of(given.first_day)
    while month.first_day <= given.last_day:
        first, last = max(month.first_day, given.first_day), min(month.last_day, given.last_day)
        days = [day for day in _days(first, last) if _falls_on(day, given.on)][: given.each_month]
        days += [first + timedelta(rng.randint(0, (last - first).days)) for _ in range(given.each_month - len(days))]
        for number, day in enumerate(days):
            person = rng.choice(known) if known and rng.random() < AGAIN else _named(people)
            known.append(person)
            yield Step(
                key=f"unit-help/{given.unit}/{month}/{number:03}",
                at=moment(day, rng.randint(OPENS, CLOSES)),
                action=UNIT_HELP,
                by=By("unit_clerk", unit),
                body={
                    **help_with(rng, _kind(rng, story)),
                    "service_date": day.isoformat(),
                    "unit_id": Ref(unit, "unit_id"),
                    **person,
                },
            )
        month = month.plus(1)


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


def _need(rng: Random, story: Story, draw: Draw, number: int, reporter: Reporter, fate: Fate, people: People) -> _Need:
    day = draw.first_day + timedelta(rng.randint(0, (draw.last_day - draw.first_day).days))
    kind = _kind(rng, story)
    body = {
        "kind": kind.value,
        "area_code": reporter.area_code,
        "village_no": reporter.village_no or rng.randint(1, 12),
        reporter.id_field: Ref(reporter.step, reporter.id_field),
        **({"detail": detail(rng, kind)} if rng.random() < 0.5 else {}),
        **_named(people),
    }
    key = f"{draw.name}/{number:05}"
    at = moment(day, rng.randint(OPENS, CLOSES))
    return _Need(key, at, kind, fate, Step(key=key, at=at, action=REPORT, by=reporter.by, body=body))


def _batches(needs: Sequence[_Need], first: date, every: int, last: date) -> Iterator[tuple[date, list[_Need]]]:
    """The days on which the office screens, each with what came in since the one before."""
    by_day: dict[date, list[_Need]] = {}
    for need in needs:
        turns = (need.at.date() - first).days // every + 1
        by_day.setdefault(min(first + timedelta(turns * every - 1), last), []).append(need)
    yield from by_day.items()


def _decision(rng: Random, key: str, at: datetime, needs: Sequence[_Need]) -> Step:
    items = []
    for need in needs:
        item: dict[str, Any] = {"case_id": Ref(need.key, "case_id"), "decision": "eligible"}
        if need.fate == "refused":
            item |= {"decision": "not_eligible", "reasons": [not_eligible_reason(rng)]}
        items.append(item)
    return Step(key=key, at=at, action=DECIDE, by=OFFICE, body={"items": items}, queued=tuple(need.key for need in needs))


def _follows(rng: Random, draw: Draw, need: _Need, decision: Step, last: date) -> Iterator[Step]:
    """What the agency does about an eligible need."""
    target, earliest = Referral(need.key, 1), min(decision.at.date() + timedelta(1), last)
    done_on = _help_day(rng, earliest, min(earliest + timedelta(HELPED_WITHIN), last), draw.help_on)
    accepted = Step(
        key=f"{need.key}/accept",
        at=moment(rng.choice(_days(earliest, done_on)), rng.randint(OPENS, CLOSES - 180)),
        action=ACCEPT,
        by=AGENCY,
        target=target,
        after=(decision.key,),
    )
    first: tuple[str, ...] = (decision.key,)
    # Help on a referral that was only sent accepts it as well: offices do both.
    if need.fate == "accepted" or (need.fate == "helped" and rng.random() < 0.5):
        yield accepted
        first = (accepted.key,)
    at = moment(done_on, rng.randint(CLOSES - 170, CLOSES))
    if need.fate == "helped":
        body = {**help_with(rng, need.kind), "service_date": done_on.isoformat()}
        yield Step(key=f"{need.key}/help", at=at, action=HELP, by=AGENCY, target=target, after=first, body=body)
    elif need.fate == "closed":
        outcome, reason = rng.choice(_CLOSED)
        body = {"outcome": outcome, "reason": reason}
        yield Step(key=f"{need.key}/close", at=at, action=CLOSE, by=AGENCY, target=target, after=first, body=body)


def _help_day(rng: Random, earliest: date, latest: date, on: tuple[int, ...]) -> date:
    days = _days(earliest, latest)
    wanted = [day for day in days if _falls_on(day, on)]
    return rng.choice(wanted if wanted and rng.random() < ON_THE_DAY else days)


def _named(people: People) -> dict[str, Any]:
    citizen = people.citizen()
    return {"citizen": citizen.body, "worker_type": citizen.worker_type.value, "consent": True}


def _kind(rng: Random, story: Story) -> NeedKind:
    return rng.choices(list(story.kinds), list(story.kinds.values()))[0]


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(days) for days in range((last - first).days + 1)]


def _falls_on(day: date, on: tuple[int, ...]) -> bool:
    return day.day in on or (31 in on and day == Month.of(day).last_day)

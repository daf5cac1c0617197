"""What an agency does about an eligible need, drawn from the story's seed: accepts it, helps, or closes it without help."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random
from typing import Literal

from deploy.local.player.chance import CLOSES, OPENS, days, falls_on
from deploy.local.player.people import help_with
from deploy.local.player.steps import ACCEPT, AGENCY, CLOSE, HELP, Referral, Step, moment
from deploy.local.player.story import Draw
from shared.events.codes import NeedKind

Fate = Literal["refused", "waits", "accepted", "closed", "helped"]

HELPED_WITHIN = 28
ON_THE_DAY = 0.6
"""How much of the help falls on the days of `help_on`, where one is near."""
_CLOSED = (("not_reached", "ติดต่อไม่ได้"), ("not_needed", "ได้งานทำแล้ว"), ("not_needed", "ไม่ประสงค์รับบริการแล้ว"))


@dataclass(frozen=True, slots=True)
class Need:
    """`key`: of the step from which its case is known."""

    key: str
    at: datetime
    kind: NeedKind
    fate: Fate
    step: Step


def follows(rng: Random, draw: Draw, need: Need, decision: Step, last: date) -> Iterator[Step]:
    """`last`: the fiscal year's last day."""
    target, earliest = Referral(need.key, 1), min(decision.at.date() + timedelta(1), last)
    done_on = _help_day(rng, earliest, min(earliest + timedelta(HELPED_WITHIN), last), draw.help_on)
    accepted = Step(
        key=f"{need.key}/accept",
        at=moment(rng.choice(days(earliest, done_on)), rng.randint(OPENS, CLOSES - 180)),
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
    possible = days(earliest, latest)
    wanted = [day for day in possible if falls_on(day, on)]
    return rng.choice(wanted if wanted and rng.random() < ON_THE_DAY else possible)

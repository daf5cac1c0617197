"""The steps of a mobile service unit: where it is wanted, planned, held, and who was helped there."""

from collections.abc import Iterator, Sequence
from random import Random
from typing import Any

from deploy.local.player.chance import named
from deploy.local.player.network_parts import MobileUnit
from deploy.local.player.people import People, help_with
from deploy.local.player.steps import (
    ACCEPT,
    CLOSE,
    HELP,
    HOLD_MOBILE_UNIT,
    MOBILE_HELP,
    OFFICE,
    PLAN_MOBILE_UNIT,
    SUGGEST,
    Ref,
    Referral,
    Step,
    moment,
)
from deploy.local.player.story import Story
from shared.buddhist_calendar import fiscal_year_bounds
from shared.events.codes import NeedKind

_LOOKED, _PLANNED, _HELD = 9 * 60, 10 * 60, 15 * 60 + 30
"""Minutes of the day; help is recorded after that."""


def suggestion_key(unit: MobileUnit) -> str:
    return f"mobile-unit/{unit.key}/suggested"


def mobile_unit(story: Story, unit: MobileUnit, people: People, steps: Sequence[Step]) -> Iterator[Step]:
    """`steps`: of the needs, some of which it finds waiting there."""
    key, looked = f"mobile-unit/{unit.key}", moment(unit.decided_on, _LOOKED)
    since = fiscal_year_bounds(story.fiscal_year)[0].isoformat()
    yield Step(
        key=suggestion_key(unit),
        at=looked,
        action=SUGGEST,
        by=OFFICE,
        after=tuple(step.key for step in steps if step.at < looked),
        body={"province": story.province, "from": since, "limit": "200"},
    )
    yield Step(
        key=key,
        at=moment(unit.decided_on, _PLANNED),
        action=PLAN_MOBILE_UNIT,
        by=OFFICE,
        after=(suggestion_key(unit),),
        body={
            "province": story.province,
            "area_code": unit.area_code,
            **({} if unit.village_no is None else {"village_no": unit.village_no}),
            "planned_on": unit.planned_on.isoformat(),
            "project_name": unit.project_name,
            "agencies": [agency.value for agency in unit.agencies],
            "kinds": [kind.value for kind in unit.kinds],
            "expected_people": unit.expected_people,
        },
    )
    held = {"held_on": unit.held_on.isoformat(), "people_served": unit.people_served}
    yield Step(
        key=f"{key}/held",
        at=moment(unit.held_on, _HELD),
        action=HOLD_MOBILE_UNIT,
        by=OFFICE,
        target=Ref(key, "mobile_unit_id"),
        body=held | ({"satisfaction": unit.satisfaction} if unit.satisfaction is not None else {}),
    )
    yield from _helps(story, unit, people, steps)


def _helps(story: Story, unit: MobileUnit, people: People, steps: Sequence[Step]) -> Iterator[Step]:
    rng, key = Random(f"{story.seed}/mobile-unit/{unit.key}"), f"mobile-unit/{unit.key}"
    # Half of them had told the office of their need before.
    known = [*_waiting(unit, steps)][: unit.helped // 2]
    for number in range(unit.helped):
        need = known[number] if number < len(known) else {"kind": rng.choice(unit.kinds), **named(people)}
        yield Step(
            key=f"{key}/help/{number:03}",
            at=moment(unit.held_on, _HELD + 1 + number),
            action=MOBILE_HELP,
            by=OFFICE,
            after=(f"{key}/held",),
            body={
                "assistance_type": help_with(rng, NeedKind(need["kind"]))["assistance_type"],
                "service_date": unit.held_on.isoformat(),
                "mobile_unit_id": Ref(key, "mobile_unit_id"),
                **{name: need[name] for name in ("citizen", "worker_type", "consent")},
            },
        )


def _waiting(unit: MobileUnit, steps: Sequence[Step]) -> Iterator[dict[str, Any]]:
    """Needs of the place that an agency has accepted, and nothing came of it, in the order in which they were reported."""
    settled = {step.target.case for step in steps if step.action in (HELP, CLOSE) and isinstance(step.target, Referral)}
    accepted = {step.target.case for step in steps if step.action is ACCEPT and isinstance(step.target, Referral)}
    begins = moment(unit.held_on, 0)
    for step in sorted(steps, key=lambda step: step.at):
        if step.key in accepted - settled and step.at < begins:
            need = step.body
            if "citizen" in need and need["area_code"] == unit.area_code and need["kind"] in unit.kinds:
                yield need

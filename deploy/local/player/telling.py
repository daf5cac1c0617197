"""The cases that a story tells one by one, act by act."""

from collections.abc import Iterator
from typing import Any

from deploy.local.player.people import People
from deploy.local.player.steps import (
    ACCEPT,
    AGENCY,
    CLOSE,
    CORRECT,
    DECLINE,
    HELP,
    OFFICE,
    REPORT,
    RETURN,
    SCREEN,
    VOID,
    WITHDRAW,
    Action,
    By,
    Ref,
    Referral,
    Step,
    moment,
)
from deploy.local.player.story import Act, Case, Doing, Story, StoryError

_REPORTED, _FIRST_ACT, _BETWEEN = 8 * 60 + 30, 9 * 60, 20
"""Minutes of the day; acts of one day follow each other."""
_BY_AGENCY: dict[Doing, Action] = {"accept": ACCEPT, "decline": DECLINE, "return": RETURN, "close": CLOSE, "help": HELP}
_ON_HELP: dict[Doing, Action] = {"correct": CORRECT, "void": VOID}


def told(story: Story, case: Case, people: People) -> Iterator[Step]:
    """The need and all that follows, each act after the one before. Raises StoryError for an act that cannot be."""
    reported = _report(story, case, people)
    yield reported
    telling = _Telling(case, reported)
    for number, act in enumerate(case.then):
        yield telling.act(number, act)


def _report(story: Story, case: Case, people: People) -> Step:
    volunteer = f"volunteer/{case.volunteer}"
    body: dict[str, Any] = {"kind": case.kind.value, "area_code": case.volunteer, "volunteer_id": Ref(volunteer, "volunteer_id")}
    if case.unit is not None:
        body["unit_id"] = Ref(f"unit/{story.unit(case.unit).key}", "unit_id")
    if case.detail is not None:
        body["detail"] = case.detail
    if not case.kind.tipoff:
        citizen = people.citizen(case.worker_type)
        body |= {"citizen": citizen.body, "worker_type": citizen.worker_type.value, "consent": True}
    at = moment(case.on, _REPORTED)
    return Step(key=f"case/{case.key}", at=at, action=REPORT, by=By("volunteer", volunteer), body=body)


class _Telling:
    """Where a case stands while it is told."""

    def __init__(self, case: Case, reported: Step) -> None:
        self._case = case
        self._reported = reported
        self._last = reported
        self._round = 1 if case.kind.tipoff else 0
        self._reopened = False
        self._help: str | None = None

    def act(self, number: int, act: Act) -> Step:
        step = self._step(number, act)
        self._last = step
        if act.do == "screen":
            self._round += act.fields.get("decision") == "eligible"
            self._reopened = False
        elif act.do in ("decline", "return"):
            self._reopened = True
        elif act.do == "help":
            self._help = step.key
        return step

    def _step(self, number: int, act: Act) -> Step:
        key, at, after = (
            f"{self._reported.key}/{number}-{act.do}",
            moment(act.on, _FIRST_ACT + number * _BETWEEN),
            (self._last.key,),
        )
        case_id = Ref(self._reported.key, "case_id")
        if act.do == "withdraw":
            return Step(key=key, at=at, action=WITHDRAW, by=OFFICE, target=case_id, body=act.fields, after=after)
        if act.do == "screen":
            return Step(
                key=key,
                at=at,
                action=SCREEN,
                by=OFFICE,
                target=case_id,
                body=act.fields,
                after=after,
                queued=(self._reported.key,),
                reopened=self._reopened,
            )
        if act.do in _ON_HELP:
            if self._help is None:
                raise StoryError(f"case {self._case.key}: nothing was helped with before {act.do}")
            target = Ref(self._help, "assistance_id")
            return Step(key=key, at=at, action=_ON_HELP[act.do], by=OFFICE, target=target, body=act.fields, after=after)
        body = {"service_date": act.on.isoformat(), **act.fields} if act.do == "help" else act.fields
        referral = Referral(self._reported.key, self._round)
        return Step(key=key, at=at, action=_BY_AGENCY[act.do], by=AGENCY, target=referral, body=body, after=after)

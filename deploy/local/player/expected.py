"""What a plan comes to, worked out from its steps: the numbers that the funnel must show in the end."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from deploy.local.player.steps import Ref, Referral, Step


@dataclass(frozen=True, slots=True)
class Funnel:
    """Of one province and fiscal year, counted as `GET /funnel` does."""

    volunteers: int
    reported: int
    screened: int
    eligible: int
    referred: int
    helped: int


@dataclass(slots=True)
class _Case:
    named: bool
    withdrawn: bool = False
    decision: str | None = None
    helps: set[str] = field(default_factory=set)

    @property
    def counts(self) -> bool:
        return self.named and not self.withdrawn and self.decision != "duplicate"


def expected(steps: Sequence[Step]) -> Funnel:
    cases: dict[str, _Case] = {}
    case_of_help: dict[str, str] = {}
    for step in steps:
        _take(step, cases, case_of_help)
    counted = [case for case in cases.values() if case.counts]
    eligible = [case for case in counted if case.decision == "eligible"]
    return Funnel(
        volunteers=sum(step.action.name == "appoint" for step in steps),
        reported=len(counted),
        screened=len(eligible) + sum(case.decision == "not_eligible" for case in counted),
        eligible=len(eligible),
        # An eligible case is referred at once, and a referral that comes back takes the decision with it.
        referred=len(eligible),
        helped=sum(bool(case.helps) for case in counted),
    )


def _take(step: Step, cases: dict[str, _Case], case_of_help: dict[str, str]) -> None:
    match step.action.name:
        case "report" | "found":
            cases[step.key] = _Case(named="citizen" in step.body)
        case "withdraw":
            cases[_ref(step).step].withdrawn = True
        case "decide":
            for item in step.body["items"]:
                _decide(cases[item["case_id"].step], item["decision"])
        case "screen":
            _decide(cases[_ref(step).step], step.body["decision"])
        case "decline" | "return":
            cases[_referral(step).case].decision = None
        case "help":
            case_of_help[step.key] = _referral(step).case
            cases[_referral(step).case].helps.add(step.key)
        case "void":
            cases[case_of_help[_ref(step).step]].helps.discard(_ref(step).step)


def _decide(case: _Case, decision: str) -> None:
    if decision != "needs_information":
        case.decision = decision


def _ref(step: Step) -> Ref:
    assert isinstance(step.target, Ref)
    return step.target


def _referral(step: Step) -> Referral:
    assert isinstance(step.target, Referral)
    return step.target

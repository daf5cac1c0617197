"""What screening suggests, and why: pure tables and one function. Which agency takes what is in `shared/events/kinds.py`; what
is decided, and by whom, in `domain.py`."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from shared.events.codes import Agency, AssistanceType, Decision, NeedKind, WorkerType
from shared.events.kinds import DEFAULTS


class Reason(StrEnum):
    """Why something is suggested; `MEANINGS` says each in words."""

    KIND_DEFAULT_AGENCY = "kind_default_agency"
    TIPOFF_URGENT = "tipoff_urgent"
    DUPLICATE_IN_FISCAL_YEAR = "duplicate_in_fiscal_year"
    CAME_BACK_FROM_AGENCY = "came_back_from_agency"
    WORKER_TYPE_INFORMAL = "worker_type_informal"
    WORKER_TYPE_ELDERLY = "worker_type_elderly"
    WORKER_TYPE_DISABLED = "worker_type_disabled"


MEANINGS: Mapping[Reason, str] = {
    Reason.KIND_DEFAULT_AGENCY: "the kind of need names the agency and the kind of help",
    Reason.TIPOFF_URGENT: "a tip-off (เบาะแส) is passed on urgently (อย่างรีบด่วน), without waiting for a person's decision",
    Reason.DUPLICATE_IN_FISCAL_YEAR: "the same person reported the same kind of need before in this fiscal year",
    Reason.CAME_BACK_FROM_AGENCY: "an agency declined or returned it: see whether another one, or more information, is needed",
    Reason.WORKER_TYPE_INFORMAL: "for an informal worker (แรงงานนอกระบบ), whom the plan is for",
    Reason.WORKER_TYPE_ELDERLY: "for an elderly worker (แรงงานสูงอายุ), whom the plan is for",
    Reason.WORKER_TYPE_DISABLED: "for a worker with a disability (แรงงานคนพิการ), whom the plan is for",
}

_OF_WORKER_TYPE: Mapping[WorkerType, Reason] = {
    WorkerType.INFORMAL: Reason.WORKER_TYPE_INFORMAL,
    WorkerType.ELDERLY: Reason.WORKER_TYPE_ELDERLY,
    WorkerType.DISABLED: Reason.WORKER_TYPE_DISABLED,
}


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What an officer may simply confirm. Agency and help are named for `eligible` only; the first reason decided."""

    decision: Decision
    agency: Agency | None
    assistance_type: AssistanceType | None
    reasons: tuple[Reason, ...]

    def as_json(self) -> dict[str, Any]:
        return {
            "decision": self.decision,
            "agency": self.agency,
            "assistance_type": self.assistance_type,
            "reasons": list(self.reasons),
        }


def suggest(kind: NeedKind, *, worker_type: WorkerType | None, duplicate: bool, reopened: bool) -> Suggestion:
    """From the facts of a need alone. One that an agency has had before is not suggested as a duplicate: somebody has already
    decided that it is none."""
    if duplicate and not reopened:
        return Suggestion(Decision.DUPLICATE, None, None, (Reason.DUPLICATE_IN_FISCAL_YEAR,))
    reasons = [Reason.TIPOFF_URGENT] if kind.tipoff else []
    reasons.append(Reason.KIND_DEFAULT_AGENCY)
    if reopened:
        reasons.append(Reason.CAME_BACK_FROM_AGENCY)
    if worker_type is not None:
        reasons.append(_OF_WORKER_TYPE[worker_type])
    default = DEFAULTS[kind]
    return Suggestion(Decision.ELIGIBLE, default.agency, default.assistance_type, tuple(reasons))

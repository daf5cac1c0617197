"""Where a case stands, from what screening and routing last said of it: the statuses of a need, as intake tells them. Pure."""

from dataclasses import dataclass
from enum import StrEnum

from shared.events.codes import Decision, ReferralStatus


class CaseStatus(StrEnum):
    """In the order of the flow."""

    REPORTED = "reported"
    SCREENED = "screened"
    REFERRED = "referred"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    RETURNED = "returned"
    HELPED = "helped"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"


_OF_DECISION = {
    Decision.ELIGIBLE: CaseStatus.SCREENED,
    Decision.NOT_ELIGIBLE: CaseStatus.CLOSED,
    Decision.DUPLICATE: CaseStatus.CLOSED,
}
"""`needs_information` is no decision."""
_OF_REFERRAL = {
    ReferralStatus.SENT: CaseStatus.REFERRED,
    ReferralStatus.ACCEPTED: CaseStatus.ACCEPTED,
    ReferralStatus.DECLINED: CaseStatus.DECLINED,
    ReferralStatus.RETURNED: CaseStatus.RETURNED,
    ReferralStatus.DONE: CaseStatus.HELPED,
    ReferralStatus.CLOSED: CaseStatus.CLOSED,
    ReferralStatus.CANCELLED: CaseStatus.WITHDRAWN,
}


@dataclass(frozen=True, slots=True)
class LastWords:
    """What was last said of a case. `decision` is None before any, and while the case is open again."""

    withdrawn: bool
    decision: str | None
    decision_round: int | None
    referral: str | None
    referral_round: int | None

    @property
    def status(self) -> CaseStatus:
        """The last decision round counts, and in it the referral. An undecided case stands as its last referral ended."""
        if self.withdrawn:
            return CaseStatus.WITHDRAWN
        decided = None if self.decision is None else _OF_DECISION.get(Decision(self.decision))
        if self.referral is not None and (decided is None or (self.referral_round or 0) >= (self.decision_round or 0)):
            return _OF_REFERRAL[ReferralStatus(self.referral)]
        return CaseStatus.REPORTED if decided is None else decided

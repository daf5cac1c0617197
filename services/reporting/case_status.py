"""Where a case stands, from what screening and routing last said of it: the statuses of a need, as intake tells them. Pure."""

from dataclasses import dataclass

from shared.events.case_status import OF_DECISION, OF_REFERRAL, CaseStatus
from shared.events.codes import Decision, ReferralStatus


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
        decided = None if self.decision is None else OF_DECISION.get(Decision(self.decision))
        if self.referral is not None and (decided is None or (self.referral_round or 0) >= (self.decision_round or 0)):
            return OF_REFERRAL[ReferralStatus(self.referral)]
        return CaseStatus.REPORTED if decided is None else decided

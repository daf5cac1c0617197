"""Where a case stands, in the words of the contract, and what a decision or a referral makes of it. Which of them counts is each
reader's own business."""

from enum import StrEnum

from shared.events.codes import Decision, ReferralStatus


class CaseStatus(StrEnum):
    """From the report to the help, in the order of the flow."""

    REPORTED = "reported"
    """Not decided; also when more information is wanted."""
    SCREENED = "screened"
    """Eligible, and not yet referred."""
    REFERRED = "referred"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    RETURNED = "returned"
    HELPED = "helped"
    CLOSED = "closed"
    """Not eligible, a duplicate, or the referral ended without help."""
    WITHDRAWN = "withdrawn"


OF_DECISION = {
    Decision.ELIGIBLE: CaseStatus.SCREENED,
    Decision.NOT_ELIGIBLE: CaseStatus.CLOSED,
    Decision.DUPLICATE: CaseStatus.CLOSED,
}
"""`needs_information` is not there: it is no decision."""
OF_REFERRAL = {
    ReferralStatus.SENT: CaseStatus.REFERRED,
    ReferralStatus.ACCEPTED: CaseStatus.ACCEPTED,
    ReferralStatus.DECLINED: CaseStatus.DECLINED,
    ReferralStatus.RETURNED: CaseStatus.RETURNED,
    ReferralStatus.DONE: CaseStatus.HELPED,
    ReferralStatus.CLOSED: CaseStatus.CLOSED,
    ReferralStatus.CANCELLED: CaseStatus.WITHDRAWN,
}

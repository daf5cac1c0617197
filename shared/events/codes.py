"""The code words that events, requests and forms share: kinds of need, of help, of worker, the agencies, the states.

To add an agency: add it to `Agency` here; its topic, its place in the catalogue and in every total follow from that."""

from enum import StrEnum


class Agency(StrEnum):
    """The five provincial agencies that take referrals."""

    PLO = "PLO"
    DOE = "DOE"
    DSD = "DSD"
    DLPW = "DLPW"
    SSO = "SSO"


class NeedKind(StrEnum):
    """What a citizen needs, or what a tip-off (เบาะแส) is about."""

    JOB_DOMESTIC = "job_domestic"
    JOB_OVERSEAS = "job_overseas"
    CAREER_GUIDANCE = "career_guidance"
    HOME_WORK_GROUP = "home_work_group"
    SKILL_TRAINING = "skill_training"
    HARDSHIP_RELIEF = "hardship_relief"
    LABOUR_RIGHTS = "labour_rights"
    WELFARE = "welfare"
    SOCIAL_SECURITY_S40 = "social_security_s40"
    SOCIAL_SECURITY_OTHER = "social_security_other"
    NETWORK_BUILDING = "network_building"
    DRUG_PREVENTION = "drug_prevention"
    TIPOFF_JOB_SCAM = "tipoff_job_scam"
    TIPOFF_FOREIGN_WORKER = "tipoff_foreign_worker"
    TIPOFF_CHILD_LABOUR = "tipoff_child_labour"
    TIPOFF_WOMEN_LABOUR = "tipoff_women_labour"
    TIPOFF_UNFAIR_LABOUR = "tipoff_unfair_labour"

    @property
    def tipoff(self) -> bool:
        """A tip-off needs no named citizen, is always urgent and counts in no funnel."""
        return self.value.startswith("tipoff_")


class AssistanceType(StrEnum):
    """ประเภทการช่วยเหลือ/การให้บริการ."""

    PROMOTE = "promote"
    PROTECT = "protect"
    DEVELOP = "develop"
    DRUG_PREVENTION = "drug_prevention"


class WorkerType(StrEnum):
    """ประเภทของแรงงาน."""

    INFORMAL = "informal"
    ELDERLY = "elderly"
    DISABLED = "disabled"


class IdKind(StrEnum):
    """By what a person is known; `none` is a new person each time."""

    THAI = "thai"
    OTHER = "other"
    NONE = "none"


class Level(StrEnum):
    """The level at which a volunteer is appointed."""

    VILLAGE = "village"
    SUBDISTRICT = "subdistrict"
    MUNICIPALITY = "municipality"
    DISTRICT = "district"


class Decision(StrEnum):
    """What screening says of a case; `needs_information` leaves it undecided."""

    ELIGIBLE = "eligible"
    NOT_ELIGIBLE = "not_eligible"
    DUPLICATE = "duplicate"
    NEEDS_INFORMATION = "needs_information"


class Priority(StrEnum):
    NORMAL = "normal"
    URGENT = "urgent"


class ReferralStatus(StrEnum):
    SENT = "sent"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    RETURNED = "returned"
    DONE = "done"
    CLOSED = "closed"
    CANCELLED = "cancelled"


class Outcome(StrEnum):
    """Why a referral ended without help."""

    NOT_REACHED = "not_reached"
    NOT_NEEDED = "not_needed"
    OTHER = "other"


class ForgetGround(StrEnum):
    """Why a person is forgotten: the grounds of section 33 of the Personal Data Protection Act."""

    REQUESTED = "requested"
    """The person asked for it; also where consent was withdrawn."""
    NO_LONGER_NEEDED = "no_longer_needed"
    UNLAWFUL = "unlawful"
    """It should not have been collected."""


class ReportForm(StrEnum):
    """The official forms that are submitted."""

    SP12 = "sp12"
    SNB2 = "snb2"


class CardState(StrEnum):
    """How a volunteer's card stands."""

    REQUESTED = "requested"
    PRINTED = "printed"
    HANDED_OVER = "handed_over"
    LOST = "lost"
    RETURNED = "returned"


class CommitteeRole(StrEnum):
    """A seat in a centre's committee. Advisers are the heads of the agencies."""

    CHAIR = "chair"
    VICE_CHAIR = "vice_chair"
    MEMBER = "member"
    SECRETARY = "secretary"  # pragma: allowlist secret
    ADVISER = "adviser"


class ActivityKind(StrEnum):
    """What a province does with its volunteers besides needs."""

    TRAINING = "training"
    MEETING = "meeting"
    PUBLICITY = "publicity"
    VISIT = "visit"


class MobileUnitStatus(StrEnum):
    PLANNED = "planned"
    HELD = "held"
    CANCELLED = "cancelled"

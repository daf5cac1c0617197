"""Which agency takes which kind of need, and how it usually helps: one table for whoever suggests, sums up or plans by it.

To add an agency: add it to `Agency` (codes.py) and name it in the rows of `DEFAULTS` that it is to get."""

from collections.abc import Mapping
from dataclasses import dataclass

from shared.events.codes import Agency, AssistanceType, NeedKind


@dataclass(frozen=True, slots=True)
class Default:
    """Which agency takes a kind of need, and the kind of help that it usually gives."""

    agency: Agency
    assistance_type: AssistanceType


_DOE_PROMOTE = Default(Agency.DOE, AssistanceType.PROMOTE)
_DOE_PROTECT = Default(Agency.DOE, AssistanceType.PROTECT)
_DLPW_PROTECT = Default(Agency.DLPW, AssistanceType.PROTECT)
_SSO_PROTECT = Default(Agency.SSO, AssistanceType.PROTECT)

DEFAULTS: Mapping[NeedKind, Default] = {
    NeedKind.JOB_DOMESTIC: _DOE_PROMOTE,
    NeedKind.JOB_OVERSEAS: _DOE_PROMOTE,
    NeedKind.CAREER_GUIDANCE: _DOE_PROMOTE,
    NeedKind.HOME_WORK_GROUP: _DOE_PROMOTE,
    NeedKind.SKILL_TRAINING: Default(Agency.DSD, AssistanceType.DEVELOP),
    NeedKind.HARDSHIP_RELIEF: Default(Agency.PLO, AssistanceType.PROMOTE),
    NeedKind.LABOUR_RIGHTS: _DLPW_PROTECT,
    NeedKind.WELFARE: _DLPW_PROTECT,
    NeedKind.SOCIAL_SECURITY_S40: _SSO_PROTECT,
    NeedKind.SOCIAL_SECURITY_OTHER: _SSO_PROTECT,
    NeedKind.NETWORK_BUILDING: Default(Agency.PLO, AssistanceType.DEVELOP),
    NeedKind.DRUG_PREVENTION: Default(Agency.PLO, AssistanceType.DRUG_PREVENTION),
    NeedKind.TIPOFF_JOB_SCAM: _DOE_PROTECT,
    NeedKind.TIPOFF_FOREIGN_WORKER: _DOE_PROTECT,
    NeedKind.TIPOFF_CHILD_LABOUR: _DLPW_PROTECT,
    NeedKind.TIPOFF_WOMEN_LABOUR: _DLPW_PROTECT,
    NeedKind.TIPOFF_UNFAIR_LABOUR: _DLPW_PROTECT,
}
"""Each kind of need has its row; a test holds it."""

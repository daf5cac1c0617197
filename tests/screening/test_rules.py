"""The suggestions: each kind of need to its agency, and every reason in words."""

import pytest

from services.screening.rules import MEANINGS, Reason, suggest
from shared.events.codes import Agency, AssistanceType, Decision, NeedKind, WorkerType
from shared.events.kinds import DEFAULTS, Default

# As the ministry's handbook orders it: who takes what, and which kind of help it usually is.
TABLE = """
job_domestic DOE promote
job_overseas DOE promote
career_guidance DOE promote
home_work_group DOE promote
skill_training DSD develop
hardship_relief PLO promote
labour_rights DLPW protect
welfare DLPW protect
social_security_s40 SSO protect
social_security_other SSO protect
network_building PLO develop
drug_prevention PLO drug_prevention
tipoff_job_scam DOE protect
tipoff_foreign_worker DOE protect
tipoff_child_labour DLPW protect
tipoff_women_labour DLPW protect
tipoff_unfair_labour DLPW protect
"""


def test_each_kind_of_need_has_its_agency_and_its_help() -> None:
    rows = [line.split() for line in TABLE.strip().splitlines()]
    assert {NeedKind(kind): Default(Agency(agency), AssistanceType(help_)) for kind, agency, help_ in rows} == DEFAULTS
    assert set(DEFAULTS) == set(NeedKind)


def test_every_reason_is_told_in_words() -> None:
    assert set(MEANINGS) == set(Reason)


@pytest.mark.parametrize("kind", NeedKind)
@pytest.mark.parametrize("worker_type", [None, *WorkerType])
@pytest.mark.parametrize("duplicate", [False, True])
@pytest.mark.parametrize("reopened", [False, True])
def test_a_suggestion_is_a_decision_that_may_be_made(
    kind: NeedKind, worker_type: WorkerType | None, duplicate: bool, reopened: bool
) -> None:
    found = suggest(kind, worker_type=worker_type, duplicate=duplicate, reopened=reopened)
    assert found.reasons
    assert len(set(found.reasons)) == len(found.reasons)
    assert (found.agency is not None) == (found.assistance_type is not None) == (found.decision is Decision.ELIGIBLE)


def test_a_need_goes_to_the_agency_of_its_kind() -> None:
    found = suggest(NeedKind.SKILL_TRAINING, worker_type=WorkerType.ELDERLY, duplicate=False, reopened=False)
    assert found.as_json() == {
        "decision": "eligible",
        "agency": "DSD",
        "assistance_type": "develop",
        "reasons": ["kind_default_agency", "worker_type_elderly"],
    }


def test_a_second_need_of_the_same_kind_in_a_fiscal_year_is_suggested_as_duplicate() -> None:
    found = suggest(NeedKind.WELFARE, worker_type=WorkerType.INFORMAL, duplicate=True, reopened=False)
    assert found.as_json() == {
        "decision": "duplicate",
        "agency": None,
        "assistance_type": None,
        "reasons": ["duplicate_in_fiscal_year"],
    }


def test_what_an_agency_sent_back_is_no_duplicate_any_more() -> None:
    found = suggest(NeedKind.WELFARE, worker_type=WorkerType.INFORMAL, duplicate=True, reopened=True)
    assert (found.decision, found.agency) == (Decision.ELIGIBLE, Agency.DLPW)
    assert Reason.CAME_BACK_FROM_AGENCY in found.reasons


def test_a_tip_off_is_urgent_first_of_all() -> None:
    found = suggest(NeedKind.TIPOFF_CHILD_LABOUR, worker_type=None, duplicate=False, reopened=False)
    assert (found.agency, found.reasons) == (Agency.DLPW, (Reason.TIPOFF_URGENT, Reason.KIND_DEFAULT_AGENCY))

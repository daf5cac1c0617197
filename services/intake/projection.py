"""Events to the rows behind the list of needs: one table for what intake says of a need, one each for the last word of screening
and of routing, and a view that joins them and says where the need stands, as `domain.Case.status` does for one."""

from typing import Any

from services.intake.domain import OF_REOPENING
from shared.events.case_status import OF_DECISION, OF_REFERRAL
from shared.events.codes import Decision, ReferralStatus
from shared.events.intake import NeedReported, NeedWithdrawn
from shared.events.registry import VolunteerAppointed, VolunteerRelieved, VolunteerTermRenewed
from shared.events.routing import (
    CaseReferred,
    ReferralAccepted,
    ReferralCancelled,
    ReferralClosed,
    ReferralDeclined,
    ReferralDone,
    ReferralReopened,
    ReferralReturned,
)
from shared.events.screening import CaseReopened, CaseScreened
from shared.projection import Projection, Rows, Table, Within
from shared.store import Recorded

NAME = "needs"

NEEDS = Table(
    name="intake_needs",
    key=("case_id",),
    columns={
        "case_id": "uuid NOT NULL",
        "version": "int NOT NULL",
        "kind": "text NOT NULL",
        "urgent": "boolean NOT NULL",
        "province": "text NOT NULL",
        "area_code": "text NOT NULL",
        "village_no": "int",
        "volunteer_id": "uuid",
        "unit_id": "uuid",
        "person_ref": "uuid",
        "worker_type": "text",
        "reported_at": "timestamptz NOT NULL",
        "fiscal_year": "int NOT NULL",
        "duplicate": "boolean NOT NULL",
        "duplicate_of": "uuid",
        "withdrawn": "boolean NOT NULL",
    },
    indexes=(
        "(reported_at, case_id)",
        "(province, reported_at, case_id)",
        "(volunteer_id, reported_at, case_id)",
        "(unit_id, reported_at, case_id)",
        "(person_ref)",
    ),
    owners=("volunteer_id", "unit_id"),
)
_WORD = {
    "case_id": "uuid NOT NULL",
    "version": "bigint NOT NULL",
    "round": "int NOT NULL",
    "status": "text NOT NULL",
}
SCREENING = Table(name="intake_screening", key=("case_id",), columns=_WORD, within=Within(NEEDS, ("case_id",)))
"""Screening's last word: the decision of a round, or that the referral of that round came back."""
ROUTING = Table(name="intake_routing", key=("case_id",), columns=_WORD, within=Within(NEEDS, ("case_id",)))
"""What became of the last referral."""

CARDS = Table(
    name="intake_cards",
    key=("card_no",),
    columns={
        "card_no": "text NOT NULL",
        "volunteer_id": "uuid NOT NULL",
        "province": "text NOT NULL",
        "version": "int NOT NULL",
    },
)
"""Whose card it is: people know their number, and not their id."""


def _volunteer(record: Recorded, event: dict[str, Any], rows: Rows) -> None:
    whose = {name: event[name] for name in ("card_no", "volunteer_id", "province")}
    rows.put(CARDS, {**whose, "version": record.version})


def _need(record: Recorded, event: dict[str, Any], rows: Rows) -> None:
    plain = ("case_id", "kind", "urgent", "province", "area_code", "reported_at", "fiscal_year")
    perhaps = ("village_no", "volunteer_id", "unit_id", "person_ref", "worker_type", "duplicate_of")
    row = {name: event[name] for name in plain} | {name: event.get(name) for name in perhaps}
    withdrawn = record.type == NeedWithdrawn.TYPE
    rows.put(NEEDS, {**row, "version": record.version, "duplicate": event.get("duplicate", False), "withdrawn": withdrawn})


def _screened(record: Recorded, event: dict[str, Any], rows: Rows) -> None:
    status = OF_DECISION.get(Decision(event["decision"]))
    if status is not None:
        rows.put(SCREENING, _word(record, event, status))


def _reopened(record: Recorded, event: dict[str, Any], rows: Rows) -> None:
    rows.put(SCREENING, _word(record, event, OF_REOPENING[event["because"]]))


def _referral(record: Recorded, event: dict[str, Any], rows: Rows) -> None:
    rows.put(ROUTING, _word(record, event, OF_REFERRAL[ReferralStatus(event["status"])]))


def _word(record: Recorded, event: dict[str, Any], status: str) -> dict[str, Any]:
    """A later round beats an earlier one, whichever was said last: rounds of different agencies come on different topics."""
    return {
        "case_id": event["case_id"],
        "version": event["round"] << 32 | record.version,
        "round": event["round"],
        "status": str(status),
    }


PROJECTION = Projection(
    name=NAME,
    definition=5,
    tables=(NEEDS, SCREENING, ROUTING, CARDS),
    handlers={
        NeedReported.TYPE: _need,
        NeedWithdrawn.TYPE: _need,
        **dict.fromkeys((VolunteerAppointed.TYPE, VolunteerTermRenewed.TYPE, VolunteerRelieved.TYPE), _volunteer),
        CaseScreened.TYPE: _screened,
        CaseReopened.TYPE: _reopened,
        **dict.fromkeys(
            (
                CaseReferred.TYPE,
                ReferralAccepted.TYPE,
                ReferralDeclined.TYPE,
                ReferralReturned.TYPE,
                ReferralClosed.TYPE,
                ReferralCancelled.TYPE,
                ReferralDone.TYPE,
                ReferralReopened.TYPE,
            ),
            _referral,
        ),
    },
    views={
        "intake_cases": """
            SELECT n.case_id, n.kind, n.urgent, n.province, n.area_code, n.village_no, n.volunteer_id, n.unit_id, n.person_ref,
                   n.worker_type, n.reported_at, n.fiscal_year, n.duplicate, n.duplicate_of,
                   CASE WHEN n.withdrawn THEN 'withdrawn'
                        WHEN s.case_id IS NULL AND r.case_id IS NULL THEN 'reported'
                        WHEN s.case_id IS NULL THEN r.status
                        WHEN r.case_id IS NULL OR r.round < s.round THEN s.status
                        WHEN r.round = s.round AND s.status IN ('declined', 'returned') THEN s.status
                        ELSE r.status
                   END AS status
            FROM intake_needs n
            LEFT JOIN intake_screening s ON s.case_id = n.case_id
            LEFT JOIN intake_routing r ON r.case_id = n.case_id
        """,
    },
)

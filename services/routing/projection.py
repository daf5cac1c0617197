"""Events to the rows behind the list of referrals: each event carries the whole referral, so the newest row is its state. Beside
it, who is forgotten, and which agencies have yet to hear of it."""

from typing import Any

import orjson

from shared.events import intake, routing
from shared.projection import Projection, Rows, Table, Within
from shared.store import Recorded

NAME = "referrals"

REFERRALS = Table(
    name="referrals",
    key=("referral_id",),
    columns={
        "referral_id": "uuid NOT NULL",
        "version": "int NOT NULL",
        "case_id": "uuid NOT NULL",
        "round": "int NOT NULL",
        "agency": "text NOT NULL",
        "province": "text NOT NULL",
        "area_code": "text NOT NULL",
        "village_no": "int",
        "kind": "text NOT NULL",
        "assistance_type": "text NOT NULL",
        "priority": "text NOT NULL",
        "status": "text NOT NULL",
        "referred_at": "timestamptz NOT NULL",
        "due_at": "timestamptz NOT NULL",
        "unit_id": "uuid",
        "worker_type": "text",
        "person_ref": "uuid",
        "person": "text",
    },
    indexes=(
        "(referred_at, referral_id)",
        "(agency, referred_at, referral_id)",
        "(province, referred_at, referral_id)",
        "(case_id)",
        "(person_ref)",
        # Most referrals of a year are at their end; who works asks for the open ones.
        "(status, referred_at, referral_id) WHERE status IN ('sent', 'accepted')",
    ),
    owners=("agency",),
)
"""`version` is the stream's, which all referrals of a case share; `person` is the sealed block as JSON."""

FORGOTTEN = Table(
    name="forgotten_people",
    key=("person_ref",),
    columns={"person_ref": "uuid NOT NULL", "version": "int NOT NULL"},
    within=Within(REFERRALS, ("person_ref",)),
)
TOLD = Table(
    name="told_referrals",
    key=("referral_id",),
    columns={"referral_id": "uuid NOT NULL", "version": "int NOT NULL"},
    within=Within(REFERRALS, ("referral_id",)),
)
"""Those of which the agency was told that the person is forgotten."""

_AS_SAID = tuple(column for column in REFERRALS.columns if column not in ("version", "person"))

_EVENTS = (
    routing.CaseReferred,
    routing.ReferralAccepted,
    routing.ReferralDeclined,
    routing.ReferralReturned,
    routing.ReferralClosed,
    routing.ReferralCancelled,
    routing.ReferralDone,
    routing.ReferralReopened,
    routing.ReferralPersonForgotten,
)


def _referral(record: Recorded, event: dict[str, Any], rows: Rows) -> None:
    person = event.get("person")
    rows.put(
        REFERRALS,
        {
            **{column: event.get(column) for column in _AS_SAID},
            "version": record.version,
            "person": None if person is None else orjson.dumps(person).decode(),
        },
    )


def _told(record: Recorded, event: dict[str, Any], rows: Rows) -> None:
    _referral(record, event, rows)
    rows.put(TOLD, {"referral_id": event["referral_id"], "version": record.version})


def _forgotten(record: Recorded, event: dict[str, Any], rows: Rows) -> None:
    rows.put(FORGOTTEN, {"person_ref": event["person_ref"], "version": record.version})


PROJECTION = Projection(
    name=NAME,
    definition=3,
    tables=(REFERRALS, FORGOTTEN, TOLD),
    handlers={
        **{event.TYPE: _referral for event in _EVENTS},
        routing.ReferralPersonForgotten.TYPE: _told,
        intake.PersonForgotten.TYPE: _forgotten,
    },
    views={
        "untold_referrals": """
            SELECT r.case_id, r.person_ref
            FROM forgotten_people f
            JOIN referrals r ON r.person_ref = f.person_ref
            WHERE NOT EXISTS (SELECT FROM told_referrals t WHERE t.referral_id = r.referral_id)
        """,
    },
)

"""Every event as rows for forms, totals and funnel. Help and units are kept with two clocks: each version says from when to when
it was what this service knew, so that a report can be had as of any moment. Reading is in `views.py`."""

from typing import Any

import orjson

from shared.events import intake, registry, routing, screening
from shared.events.codes import NeedKind
from shared.projection import Projection, Rows, Table
from shared.store.records import Recorded

NAME = "reporting"

ASSISTANCE_VERSIONS = Table(
    name="assistance_versions",
    key=("assistance_id", "revision"),
    columns={
        "assistance_id": "uuid NOT NULL",
        "revision": "int NOT NULL",
        "known_from": "timestamptz NOT NULL",
        "known_to": "timestamptz",
        "position": "bigint NOT NULL",
        "event_id": "uuid NOT NULL",
        "case_id": "uuid",
        "referral_id": "uuid",
        "agency": "text",
        "kind": "text",
        "volunteer_id": "uuid",
        "fiscal_year": "int",
        "province": "text NOT NULL",
        "area_code": "text NOT NULL",
        "unit_id": "uuid",
        "person_ref": "uuid",
        "person": "text",
        "worker_type": "text",
        "assistance_type": "text NOT NULL",
        "project_name": "text NOT NULL",
        "service_date": "date NOT NULL",
        "in_database": "boolean NOT NULL",
        "roster_edition": "text",
        "recorded_at": "timestamptz NOT NULL",
        "void": "boolean NOT NULL",
    },
    indexes=(
        "(unit_id, service_date) WHERE known_to IS NULL",
        "(province, service_date) WHERE known_to IS NULL",
        "(case_id) WHERE known_to IS NULL AND NOT void",
    ),
    version="revision",
)
"""Help as it stood after each of its events. `person` is the sealed block as JSON."""

UNIT_VERSIONS = Table(
    name="unit_versions",
    key=("unit_id", "version"),
    columns={
        "unit_id": "uuid NOT NULL",
        "version": "int NOT NULL",
        "known_from": "timestamptz NOT NULL",
        "known_to": "timestamptz",
        "name": "text NOT NULL",
        "province": "text NOT NULL",
        "opened_on": "date NOT NULL",
        "closed_on": "date",
    },
    indexes=("(province)",),
)

NEEDS = Table(
    name="needs",
    key=("case_id",),
    columns={
        "case_id": "uuid NOT NULL",
        "version": "int NOT NULL",
        "fiscal_year": "int NOT NULL",
        "province": "text NOT NULL",
        "kind": "text NOT NULL",
        "tipoff": "boolean NOT NULL",
        "volunteer_id": "uuid",
        "withdrawn": "boolean NOT NULL",
    },
    indexes=("(fiscal_year)", "(volunteer_id, fiscal_year)"),
)

DECISIONS = Table(
    name="decisions",
    key=("case_id",),
    columns={"case_id": "uuid NOT NULL", "version": "int NOT NULL", "decision": "text"},
)
"""The last that screening said of a case; `decision` is null while it is open again."""

REFERRALS = Table(
    name="referrals",
    key=("case_id",),
    columns={"case_id": "uuid NOT NULL", "version": "bigint NOT NULL", "status": "text NOT NULL"},
)
"""The last referral of a case and what became of it."""

VOLUNTEERS = Table(
    name="volunteers",
    key=("volunteer_id",),
    columns={
        "volunteer_id": "uuid NOT NULL",
        "version": "int NOT NULL",
        "province": "text NOT NULL",
        "level": "text NOT NULL",
        "relieved_on": "date",
    },
)

TERMS = Table(
    name="volunteer_terms",
    key=("volunteer_id", "starts_on"),
    columns={
        "volunteer_id": "uuid NOT NULL",
        "starts_on": "date NOT NULL",
        "version": "int NOT NULL",
        "ends_on": "date NOT NULL",
    },
)
"""Every term that a volunteer was given: between two of them nobody was in service."""

_TIPOFFS = frozenset(kind.value for kind in NeedKind if kind.tipoff)
_ROUND = 1 << 32


def _assistance(record: Recorded, fields: dict[str, Any], rows: Rows) -> None:
    person = fields.get("person")
    assistance_id, revision = fields["assistance_id"], fields["revision"]
    rows.put(
        ASSISTANCE_VERSIONS,
        {
            "assistance_id": assistance_id,
            "revision": revision,
            "known_from": record.known_at.isoformat(),
            "known_to": None,
            "position": record.position,
            "event_id": str(record.id),
            "case_id": fields.get("case_id"),
            "referral_id": fields.get("referral_id"),
            "agency": fields.get("agency"),
            "kind": fields.get("kind"),
            "volunteer_id": fields.get("volunteer_id"),
            "fiscal_year": fields.get("fiscal_year"),
            "province": fields["province"],
            "area_code": fields["area_code"],
            "unit_id": fields.get("unit_id"),
            "person_ref": fields.get("person_ref"),
            "person": None if person is None else orjson.dumps(person).decode(),
            "worker_type": fields.get("worker_type"),
            "assistance_type": fields["assistance_type"],
            "project_name": fields["project_name"],
            "service_date": fields["service_date"],
            "in_database": fields.get("in_database", False),
            "roster_edition": fields.get("roster_edition"),
            "recorded_at": fields["recorded_at"],
            "void": fields.get("void", False),
        },
    )
    if revision > 1:
        rows.patch(ASSISTANCE_VERSIONS, (assistance_id, revision - 1), {"known_to": record.known_at.isoformat()})


def _unit(record: Recorded, fields: dict[str, Any], rows: Rows) -> None:
    rows.put(
        UNIT_VERSIONS,
        {
            "unit_id": fields["unit_id"],
            "version": record.version,
            "known_from": record.known_at.isoformat(),
            "known_to": None,
            "name": fields["name"],
            "province": fields["province"],
            "opened_on": fields["opened_on"],
            "closed_on": fields.get("closed_on"),
        },
    )
    if record.version > 1:
        rows.patch(UNIT_VERSIONS, (fields["unit_id"], record.version - 1), {"known_to": record.known_at.isoformat()})


def _need(record: Recorded, fields: dict[str, Any], rows: Rows) -> None:
    kind = fields["kind"]
    rows.put(
        NEEDS,
        {
            "case_id": fields["case_id"],
            "version": record.version,
            "fiscal_year": fields["fiscal_year"],
            "province": fields["province"],
            "kind": kind,
            "tipoff": kind in _TIPOFFS,
            "volunteer_id": fields.get("volunteer_id"),
            "withdrawn": record.type == intake.NeedWithdrawn.TYPE,
        },
    )


def _decision(record: Recorded, fields: dict[str, Any], rows: Rows) -> None:
    rows.put(DECISIONS, {"case_id": fields["case_id"], "version": record.version, "decision": fields.get("decision")})


def _referral(record: Recorded, fields: dict[str, Any], rows: Rows) -> None:
    """The latest round wins, in it the latest event: something may still happen to a referral that is not the last."""
    version = fields["round"] * _ROUND + record.version
    rows.put(REFERRALS, {"case_id": fields["case_id"], "version": version, "status": fields["status"]})


def _volunteer(record: Recorded, fields: dict[str, Any], rows: Rows) -> None:
    volunteer_id, version = fields["volunteer_id"], record.version
    rows.put(
        VOLUNTEERS,
        {
            "volunteer_id": volunteer_id,
            "version": version,
            "province": fields["province"],
            "level": fields["level"],
            "relieved_on": fields.get("relieved_on"),
        },
    )
    rows.put(
        TERMS,
        {
            "volunteer_id": volunteer_id,
            "starts_on": fields["term_starts_on"],
            "version": version,
            "ends_on": fields["term_ends_on"],
        },
    )


PROJECTION = Projection(
    name=NAME,
    definition=1,
    tables=(ASSISTANCE_VERSIONS, UNIT_VERSIONS, NEEDS, DECISIONS, REFERRALS, VOLUNTEERS, TERMS),
    handlers={
        **dict.fromkeys((e.TYPE for e in (intake.NeedReported, intake.NeedWithdrawn)), _need),
        **dict.fromkeys((e.TYPE for e in (screening.CaseScreened, screening.CaseReopened)), _decision),
        **dict.fromkeys(
            (
                e.TYPE
                for e in (
                    routing.CaseReferred,
                    routing.ReferralAccepted,
                    routing.ReferralDeclined,
                    routing.ReferralReturned,
                    routing.ReferralClosed,
                    routing.ReferralCancelled,
                    routing.ReferralDone,
                    routing.ReferralReopened,
                )
            ),
            _referral,
        ),
        **dict.fromkeys(
            (e.TYPE for e in (routing.AssistanceRecorded, routing.AssistanceCorrected, routing.AssistanceVoided)), _assistance
        ),
        **dict.fromkeys((e.TYPE for e in (registry.ServiceUnitOpened, registry.ServiceUnitClosed)), _unit),
        **dict.fromkeys(
            (e.TYPE for e in (registry.VolunteerAppointed, registry.VolunteerTermRenewed, registry.VolunteerRelieved)), _volunteer
        ),
    },
    views={
        "assistances": "SELECT * FROM assistance_versions WHERE known_to IS NULL AND NOT void",
        "units": "SELECT * FROM unit_versions WHERE known_to IS NULL",
    },
)

"""Every event as rows for forms, totals and funnel; those about the network in `network_projection.py`. The tables are in
`tables.py`, reading them in `views.py`."""

from datetime import date
from typing import Any

import orjson

from services.reporting import network_projection as network
from services.reporting.tables import (
    ASSISTANCE_VERSIONS,
    CORRECTED_PEOPLE,
    DECISIONS,
    NEEDS,
    PROJECT_TARGETS,
    REFERRALS,
    SUBMISSIONS,
    SUBMITTED_ROWS,
    TERMS,
    UNIT_VERSIONS,
    VOLUNTEERS,
)
from shared.buddhist_calendar import fiscal_year
from shared.events import intake, registry, reporting, routing, screening
from shared.events.codes import NeedKind
from shared.projection import Projection, Rows
from shared.store.records import Recorded

NAME = "reporting"

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
            "service_year": fiscal_year(date.fromisoformat(fields["service_date"])),
            "in_database": fields.get("in_database", False),
            "roster_edition": fields.get("roster_edition"),
            "recorded_at": fields["recorded_at"],
            "void": fields.get("void", False),
        },
    )
    # All before: one between may have been given up where it could not be read.
    for earlier in range(1, revision):
        rows.fill(ASSISTANCE_VERSIONS, (assistance_id, earlier), {"known_to": record.known_at.isoformat()})


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
    for earlier in range(1, record.version):
        rows.fill(UNIT_VERSIONS, (fields["unit_id"], earlier), {"known_to": record.known_at.isoformat()})


def _need(record: Recorded, fields: dict[str, Any], rows: Rows) -> None:
    kind = fields["kind"]
    rows.put(
        NEEDS,
        {
            "case_id": fields["case_id"],
            "version": record.version,
            "fiscal_year": fields["fiscal_year"],
            "province": fields["province"],
            "area_code": fields["area_code"],
            "kind": kind,
            "tipoff": kind in _TIPOFFS,
            "volunteer_id": fields.get("volunteer_id"),
            "person_ref": fields.get("person_ref"),
            "reported_on": fields["reported_on"],
            "withdrawn": record.type == intake.NeedWithdrawn.TYPE,
        },
    )


def _decision(record: Recorded, fields: dict[str, Any], rows: Rows) -> None:
    rows.put(
        DECISIONS,
        {
            "case_id": fields["case_id"],
            "version": record.version,
            "round": fields["round"],
            "decision": fields.get("decision"),
        },
    )


def _referral(record: Recorded, fields: dict[str, Any], rows: Rows) -> None:
    """The latest round wins, in it the latest event: something may still happen to a referral that is not the last."""
    rows.put(
        REFERRALS,
        {
            "case_id": fields["case_id"],
            "version": fields["round"] * _ROUND + record.version,
            "round": fields["round"],
            "agency": fields["agency"],
            "status": fields["status"],
        },
    )


def _volunteer(record: Recorded, fields: dict[str, Any], rows: Rows) -> None:
    volunteer_id, version = fields["volunteer_id"], record.version
    rows.put(
        VOLUNTEERS,
        {
            "volunteer_id": volunteer_id,
            "version": version,
            "province": fields["province"],
            "level": fields["level"],
            "area_code": fields["area_code"],
            "appointed_on": fields["appointed_on"],
            "person_ref": fields.get("person_ref"),
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


def _submission(record: Recorded, fields: dict[str, Any], rows: Rows) -> None:
    """A submission in several parts leaves one row: the last part's."""
    report_id, revision, version = fields["report_id"], fields["revision"], record.version
    rows.put(
        SUBMISSIONS,
        {
            "report_id": report_id,
            "revision": revision,
            "version": version,
            "form": fields["form"],
            "month": f"{fields['period']}-01",
            "province": fields["province"],
            "unit_id": fields.get("unit_id"),
            "submitted_at": fields["submitted_at"],
            "submitted_by": record.meta["actor"],
            "hash": fields["hash"],
            "row_count": fields["row_count"],
            "persons": fields["persons"],
        },
    )
    for row in fields["frozen"]:
        rows.put(
            SUBMITTED_ROWS,
            {
                "report_id": report_id,
                "revision": revision,
                "assistance_id": row["assistance_id"],
                "assistance_revision": row["revision"],
                "version": version,
            },
        )


def _target(record: Recorded, fields: dict[str, Any], rows: Rows) -> None:
    names = ("target_id", "province", "fiscal_year", "project_name", "target")
    row = {name: fields[name] for name in names}
    rows.put(PROJECT_TARGETS, {"target_id": row.pop("target_id"), "version": record.version, **row})


def _corrected(record: Recorded, fields: dict[str, Any], rows: Rows) -> None:
    person = orjson.dumps(fields["person"]).decode()
    rows.put(CORRECTED_PEOPLE, {"person_ref": fields["person_ref"], "version": record.version, "person": person})


PROJECTION = Projection(
    name=NAME,
    definition=5,
    tables=(
        ASSISTANCE_VERSIONS,
        UNIT_VERSIONS,
        NEEDS,
        DECISIONS,
        REFERRALS,
        VOLUNTEERS,
        TERMS,
        SUBMISSIONS,
        SUBMITTED_ROWS,
        PROJECT_TARGETS,
        CORRECTED_PEOPLE,
        *network.TABLES,
    ),
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
                    routing.ReferralPersonForgotten,
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
        intake.PersonCorrected.TYPE: _corrected,
        reporting.ReportSubmitted.TYPE: _submission,
        reporting.ProjectTargetSet.TYPE: _target,
        **network.HANDLERS,
    },
    views={
        "assistances": "SELECT * FROM assistance_versions WHERE known_to IS NULL AND NOT void",
        "units": "SELECT * FROM unit_versions WHERE known_to IS NULL",
        **network.VIEWS,
    },
)

"""Events of intake, screening and routing to the rows that mentors and mobile service units are shown with: cases, the last that
screening said of each, and the help that was given. A case is counted as the funnel counts it."""

from collections.abc import Mapping
from typing import Any, LiteralString

from shared.events.codes import NeedKind
from shared.events.intake import NeedReported, NeedWithdrawn
from shared.events.routing import AssistanceCorrected, AssistanceRecorded, AssistanceVoided
from shared.events.screening import CaseReopened, CaseScreened
from shared.projection import Handler, Rows, Table, Within
from shared.store import Recorded

_TIPOFFS = frozenset(kind.value for kind in NeedKind if kind.tipoff)

CASES = Table(
    name="heard_cases",
    key=("case_id",),
    columns={
        "case_id": "uuid NOT NULL",
        "version": "int NOT NULL",
        "kind": "text NOT NULL",
        "tipoff": "boolean NOT NULL",
        "province": "text NOT NULL",
        "area_code": "text NOT NULL",
        "volunteer_id": "uuid",
        "unit_id": "uuid",
        "person_ref": "uuid",
        "reported_on": "date NOT NULL",
        "fiscal_year": "int NOT NULL",
        "withdrawn": "boolean NOT NULL",
    },
    indexes=("(volunteer_id, reported_on) WHERE volunteer_id IS NOT NULL", "(area_code, kind, reported_on)"),
)

DECISIONS = Table(
    name="heard_decisions",
    key=("case_id",),
    columns={"case_id": "uuid NOT NULL", "version": "int NOT NULL", "round": "int NOT NULL", "decision": "text"},
    within=Within(CASES, ("case_id",)),
)
"""The last that screening said of a case, and in which round; `decision` is null while it is open again."""

ASSISTANCES = Table(
    name="heard_assistances",
    key=("assistance_id",),
    columns={
        "assistance_id": "uuid NOT NULL",
        "version": "int NOT NULL",
        "case_id": "uuid",
        "mobile_unit_id": "uuid",
        "province": "text NOT NULL",
        "area_code": "text NOT NULL",
        "person_ref": "uuid",
        "service_date": "date NOT NULL",
        "void": "boolean NOT NULL",
    },
    indexes=("(case_id) WHERE case_id IS NOT NULL", "(mobile_unit_id) WHERE mobile_unit_id IS NOT NULL"),
)
"""Help as it stands; `version` is its revision."""


def _case(record: Recorded, event: dict[str, Any], rows: Rows) -> None:
    plain = ("case_id", "kind", "province", "area_code", "reported_on", "fiscal_year")
    perhaps = ("volunteer_id", "unit_id", "person_ref")
    row = {name: event[name] for name in plain} | {name: event.get(name) for name in perhaps}
    said = {"tipoff": event["kind"] in _TIPOFFS, "withdrawn": record.type == NeedWithdrawn.TYPE}
    rows.put(CASES, {**row, **said, "version": record.version})


def _decision(record: Recorded, event: dict[str, Any], rows: Rows) -> None:
    row = {"case_id": event["case_id"], "round": event["round"], "decision": event.get("decision")}
    rows.put(DECISIONS, {**row, "version": record.version})


def _assistance(record: Recorded, event: dict[str, Any], rows: Rows) -> None:
    plain = ("assistance_id", "province", "area_code", "service_date")
    perhaps = ("case_id", "mobile_unit_id", "person_ref")
    row = {name: event[name] for name in plain} | {name: event.get(name) for name in perhaps}
    rows.put(ASSISTANCES, {**row, "version": event["revision"], "void": event.get("void", False)})


TABLES = (CASES, DECISIONS, ASSISTANCES)
HANDLERS: Mapping[str, Handler] = {
    **dict.fromkeys((NeedReported.TYPE, NeedWithdrawn.TYPE), _case),
    **dict.fromkeys((CaseScreened.TYPE, CaseReopened.TYPE), _decision),
    **dict.fromkeys((AssistanceRecorded.TYPE, AssistanceCorrected.TYPE, AssistanceVoided.TYPE), _assistance),
}
VIEWS: Mapping[LiteralString, LiteralString] = {
    # Named needs that count: not withdrawn, and not found to be a duplicate by what was last decided.
    "counted_cases": """
        SELECT c.case_id, c.kind, c.province, c.area_code, c.volunteer_id, c.unit_id, c.person_ref, c.reported_on, c.fiscal_year
        FROM heard_cases c LEFT JOIN heard_decisions d ON d.case_id = c.case_id
        WHERE NOT c.tipoff AND NOT c.withdrawn AND d.decision IS DISTINCT FROM 'duplicate'
    """,
}

"""Every event about the network as rows for forms and figures. The tables are in `network_tables.py`."""

from collections.abc import Mapping
from typing import Any, LiteralString

from services.reporting.network_tables import (
    ACTIVITIES,
    ATTENDANCES,
    CARDS,
    CENTRE_VERSIONS,
    MENTORINGS,
    MENTORS,
    MOBILE_UNITS,
)
from shared.events import network
from shared.projection import Handler, Rows, Table
from shared.store.records import Recorded


def _centre(record: Recorded, fields: dict[str, Any], rows: Rows) -> None:
    names = ("centre_id", "province", "name", "order_no", "established_on")
    known = {"version": record.version, "known_from": record.known_at.isoformat(), "known_to": None}
    row = {**{name: fields[name] for name in names}, **known}
    rows.put(CENTRE_VERSIONS, {name: row[name] for name in CENTRE_VERSIONS.columns})
    for earlier in range(1, record.version):
        rows.fill(CENTRE_VERSIONS, (fields["centre_id"], earlier), {"known_to": record.known_at.isoformat()})


def _activity(record: Recorded, fields: dict[str, Any], rows: Rows) -> None:
    present = fields.get("volunteer_ids") or []
    rows.put(
        ACTIVITIES,
        {
            "activity_id": fields["activity_id"],
            "version": record.version,
            "province": fields["province"],
            "kind": fields["kind"],
            "fiscal_year": fields["fiscal_year"],
            "held_on": fields["held_on"],
            "attendances": len(set(present)),
            "people_reached": fields.get("people_reached") or 0,
            "void": fields.get("void", False),
        },
    )
    for volunteer_id in present:
        row = {"volunteer_id": volunteer_id, "activity_id": fields["activity_id"], "version": record.version}
        rows.put(ATTENDANCES, row)


def _mobile_unit(record: Recorded, fields: dict[str, Any], rows: Rows) -> None:
    marks: Mapping[str, int] = fields.get("satisfaction") or {}
    rows.put(
        MOBILE_UNITS,
        {
            "mobile_unit_id": fields["mobile_unit_id"],
            "version": record.version,
            "province": fields["province"],
            "area_code": fields["area_code"],
            "status": fields["status"],
            "planned_on": fields["planned_on"],
            "held_on": fields.get("held_on"),
            "people_served": fields.get("people_served") or 0,
            "marks": sum(marks.values()),
            "marks_sum": sum(int(mark) * people for mark, people in marks.items()),
        },
    )


def _card(record: Recorded, fields: dict[str, Any], rows: Rows) -> None:
    row = {"card_id": fields["card_id"], "version": record.version}
    rows.put(CARDS, row | {name: fields[name] for name in ("volunteer_id", "province", "state")})


def _mentor(record: Recorded, fields: dict[str, Any], rows: Rows) -> None:
    row = {"mentor_id": fields["mentor_id"], "version": record.version}
    rows.put(MENTORS, row | {name: fields[name] for name in ("province", "agency")})


def _mentoring(record: Recorded, fields: dict[str, Any], rows: Rows) -> None:
    for mentoring in fields["mentors"]:
        row = {"volunteer_id": fields["volunteer_id"], "assigned_from": mentoring["assigned_from"], "version": record.version}
        rows.put(MENTORINGS, row | {"mentor_id": mentoring["mentor_id"]})


TABLES: tuple[Table, ...] = (CENTRE_VERSIONS, ACTIVITIES, ATTENDANCES, MOBILE_UNITS, CARDS, MENTORS, MENTORINGS)
HANDLERS: Mapping[str, Handler] = {
    **dict.fromkeys((event.TYPE for event in (network.CentreEstablished, network.CommitteeAppointed)), _centre),
    **dict.fromkeys((event.TYPE for event in (network.ActivityHeld, network.ActivityVoided)), _activity),
    **dict.fromkeys(
        (e.TYPE for e in (network.MobileUnitPlanned, network.MobileUnitHeld, network.MobileUnitCancelled)), _mobile_unit
    ),
    **dict.fromkeys(
        (
            event.TYPE
            for event in (
                network.CardRequested,
                network.CardPrinted,
                network.CardHandedOver,
                network.CardLost,
                network.CardReturned,
            )
        ),
        _card,
    ),
    network.MentorAdded.TYPE: _mentor,
    network.MentorAssigned.TYPE: _mentoring,
}
VIEWS: Mapping[LiteralString, LiteralString] = {"centres": "SELECT * FROM centre_versions WHERE known_to IS NULL"}

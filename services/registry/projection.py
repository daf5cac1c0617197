"""Events to the rows behind registry's lists and figures: volunteers, their terms, service units, and a view that says on which
days a volunteer serves."""

from typing import Any

import orjson

from shared.events.registry import (
    ServiceUnitClosed,
    ServiceUnitOpened,
    VolunteerAppointed,
    VolunteerRelieved,
    VolunteerTermRenewed,
)
from shared.projection import Projection, Rows, Table, Within
from shared.store import Recorded

NAME = "registry"

VOLUNTEERS = Table(
    name="volunteers",
    key=("volunteer_id",),
    columns={
        "volunteer_id": "uuid NOT NULL",
        "version": "int NOT NULL",
        "person_ref": "uuid NOT NULL",
        "person": "text NOT NULL",
        "card_no": "text NOT NULL",
        "province": "text NOT NULL",
        "level": "text NOT NULL",
        "area_code": "text NOT NULL",
        "village_no": "int",
        "unit_id": "uuid",
        "appointed_on": "date NOT NULL",
        "term_starts_on": "date NOT NULL",
        "term_ends_on": "date NOT NULL",
        "relieved_on": "date",
        "order_no": "text",
    },
    indexes=("(area_code, volunteer_id)", "(province, area_code, volunteer_id)"),
)
"""`person` is the sealed block as JSON."""

TERMS = Table(
    name="volunteer_terms",
    key=("volunteer_id", "starts_on"),
    columns={
        "volunteer_id": "uuid NOT NULL",
        "starts_on": "date NOT NULL",
        "version": "int NOT NULL",
        "ends_on": "date NOT NULL",
    },
    within=Within(VOLUNTEERS, ("volunteer_id",)),
)
"""Every term that a volunteer had; there may be days out of service between two."""

UNITS = Table(
    name="service_units",
    key=("unit_id",),
    columns={
        "unit_id": "uuid NOT NULL",
        "version": "int NOT NULL",
        "name": "text NOT NULL",
        "province": "text NOT NULL",
        "area_code": "text NOT NULL",
        "village_no": "int",
        "opened_on": "date NOT NULL",
        "closed_on": "date",
    },
    indexes=("(area_code, unit_id)", "(province, area_code, unit_id)"),
    owners=("unit_id",),
)


def _volunteer(record: Recorded, event: dict[str, Any], rows: Rows) -> None:
    row = {name: event.get(name) for name in VOLUNTEERS.columns}
    rows.put(VOLUNTEERS, row | {"version": record.version, "person": orjson.dumps(event["person"]).decode()})
    for term in event["terms"]:
        rows.put(TERMS, {"volunteer_id": event["volunteer_id"], "version": record.version, **term})


def _unit(record: Recorded, event: dict[str, Any], rows: Rows) -> None:
    rows.put(UNITS, {name: event.get(name) for name in UNITS.columns} | {"version": record.version})


PROJECTION = Projection(
    name=NAME,
    definition=3,
    tables=(VOLUNTEERS, TERMS, UNITS),
    handlers={
        VolunteerAppointed.TYPE: _volunteer,
        VolunteerTermRenewed.TYPE: _volunteer,
        VolunteerRelieved.TYPE: _volunteer,
        ServiceUnitOpened.TYPE: _unit,
        ServiceUnitClosed.TYPE: _unit,
    },
    views={
        # A row per stretch of days in service, both days included; the terms of a volunteer never overlap.
        "volunteer_service": """
            SELECT v.volunteer_id, v.person_ref, v.province, v.level, v.area_code, t.starts_on,
                   least(t.ends_on, v.relieved_on - 1) AS until
            FROM volunteers v JOIN volunteer_terms t ON t.volunteer_id = v.volunteer_id
            WHERE v.relieved_on IS NULL OR v.relieved_on > t.starts_on
        """,
    },
)

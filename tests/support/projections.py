"""A small projection over service units, with a versioned table as reporting has, for tests of the engine."""

from typing import Any

from shared.projection import Projection, Rows, Table, Within
from shared.store import Recorded

UNITS = Table(
    name="units",
    key=("unit_id",),
    columns={
        "unit_id": "uuid NOT NULL",
        "version": "int NOT NULL",
        "name": "text NOT NULL",
        "province": "text NOT NULL",
        "opened_on": "date NOT NULL",
        "closed_on": "date",
    },
    indexes=("(opened_on)",),
)
SPANS = Table(
    name="spans",
    key=("unit_id", "version"),
    columns={
        "unit_id": "uuid NOT NULL",
        "version": "int NOT NULL",
        "known_from": "timestamptz NOT NULL",
        "known_to": "timestamptz",
    },
    within=Within(UNITS, ("unit_id",)),
)


def _unit(record: Recorded, fields: dict[str, Any], rows: Rows) -> None:
    names = ("unit_id", "name", "province", "opened_on", "closed_on")
    rows.put(UNITS, {"version": record.version, **{name: fields[name] for name in names}})
    known = record.known_at.isoformat()
    rows.put(SPANS, {"unit_id": fields["unit_id"], "version": record.version, "known_from": known, "known_to": None})
    if record.version > 1:
        rows.fill(SPANS, (fields["unit_id"], record.version - 1), {"known_to": known})


UNITS_PROJECTION = Projection(
    name="units",
    definition=1,
    tables=(UNITS, SPANS),
    handlers={"ServiceUnitOpened": _unit, "ServiceUnitClosed": _unit},
    views={"open_units": "SELECT unit_id, name FROM units WHERE closed_on IS NULL"},
)

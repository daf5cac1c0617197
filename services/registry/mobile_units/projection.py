"""Events to the rows behind the list of mobile service units. What help was given there, and to whom, is in what was heard."""

from collections.abc import Mapping
from typing import Any, LiteralString

import orjson

from shared.events.network import MobileUnitCancelled, MobileUnitHeld, MobileUnitPlanned
from shared.projection import Handler, Rows, Table
from shared.store import Recorded

MOBILE_UNITS = Table(
    name="mobile_units",
    key=("mobile_unit_id",),
    columns={
        "mobile_unit_id": "uuid NOT NULL",
        "version": "int NOT NULL",
        "province": "text NOT NULL",
        "area_code": "text NOT NULL",
        "village_no": "int",
        "planned_on": "date NOT NULL",
        "project_name": "text NOT NULL",
        "agencies": "text NOT NULL",
        "kinds": "text NOT NULL",
        "expected_people": "int NOT NULL",
        "status": "text NOT NULL",
        "held_on": "date",
        "people_served": "int",
        "satisfaction": "text",
    },
    indexes=("(planned_on, mobile_unit_id)", "(province, planned_on, mobile_unit_id)"),
)
"""`agencies`, `kinds` and `satisfaction` as JSON."""

_AS_JSON = ("agencies", "kinds", "satisfaction")
_AS_SAID = tuple(column for column in MOBILE_UNITS.columns if column not in ("version", *_AS_JSON))


def _mobile_unit(record: Recorded, event: dict[str, Any], rows: Rows) -> None:
    row = {name: event.get(name) for name in _AS_SAID} | {"version": record.version}
    rows.put(MOBILE_UNITS, row | {name: _json(event.get(name)) for name in _AS_JSON})


def _json(value: Any) -> str | None:
    return None if value is None else orjson.dumps(value).decode()


TABLES: tuple[Table, ...] = (MOBILE_UNITS,)
HANDLERS: Mapping[str, Handler] = dict.fromkeys(
    (MobileUnitPlanned.TYPE, MobileUnitHeld.TYPE, MobileUnitCancelled.TYPE), _mobile_unit
)
VIEWS: Mapping[LiteralString, LiteralString] = {}

"""Events to the rows behind the lists of trainings, meetings, publicity, visits: the activities, and who attended them."""

from collections.abc import Mapping
from typing import Any, LiteralString

import orjson

from shared.events.network import ActivityHeld, ActivityVoided
from shared.projection import Handler, Rows, Table
from shared.store import Recorded

ACTIVITIES = Table(
    name="activities",
    key=("activity_id",),
    columns={
        "activity_id": "uuid NOT NULL",
        "version": "int NOT NULL",
        "kind": "text NOT NULL",
        "province": "text NOT NULL",
        "area_code": "text",
        "name": "text NOT NULL",
        "held_on": "date NOT NULL",
        "fiscal_year": "int NOT NULL",
        "volunteer_ids": "text NOT NULL",
        "people_reached": "int",
        "void": "boolean NOT NULL",
    },
    indexes=("(held_on, activity_id)", "(province, held_on, activity_id)"),
)
"""`volunteer_ids` as JSON, in the order in which they were told."""

ATTENDANCE = Table(
    name="activity_attendance",
    key=("activity_id", "volunteer_id"),
    columns={
        "activity_id": "uuid NOT NULL",
        "volunteer_id": "uuid NOT NULL",
        "held_on": "date NOT NULL",
        "province": "text NOT NULL",
        "version": "int NOT NULL",
        "void": "boolean NOT NULL",
    },
    indexes=("(volunteer_id, held_on)",),
)
"""A row for each volunteer who was there."""

_AS_SAID = tuple(column for column in ACTIVITIES.columns if column not in ("version", "volunteer_ids"))


def _activity(record: Recorded, event: dict[str, Any], rows: Rows) -> None:
    attended = event["volunteer_ids"]
    row = {name: event.get(name) for name in _AS_SAID}
    rows.put(ACTIVITIES, {**row, "version": record.version, "volunteer_ids": orjson.dumps(attended).decode()})
    there = {name: event[name] for name in ("activity_id", "held_on", "province", "void")}
    for volunteer_id in attended:
        rows.put(ATTENDANCE, {**there, "volunteer_id": volunteer_id, "version": record.version})


TABLES: tuple[Table, ...] = (ACTIVITIES, ATTENDANCE)
HANDLERS: Mapping[str, Handler] = {ActivityHeld.TYPE: _activity, ActivityVoided.TYPE: _activity}
VIEWS: Mapping[LiteralString, LiteralString] = {}

"""Events to the rows behind the lists of mentors and of the volunteers given to them. How those are getting on is counted from
what was heard of cases, and from the activities that they attended."""

from collections.abc import Mapping
from datetime import date, timedelta
from itertools import pairwise
from typing import Any, LiteralString

import orjson

from shared.events.network import MentorAdded, MentorAssigned
from shared.projection import Handler, Rows, Table
from shared.store import Recorded

MENTORS = Table(
    name="mentors",
    key=("mentor_id",),
    columns={
        "mentor_id": "uuid NOT NULL",
        "version": "int NOT NULL",
        "province": "text NOT NULL",
        "agency": "text NOT NULL",
        "name": "text NOT NULL",
    },
    indexes=("(province, mentor_id)",),
)
"""`name` is the sealed block as JSON."""

MENTORINGS = Table(
    name="mentorings",
    key=("volunteer_id", "assigned_from"),
    columns={
        "volunteer_id": "uuid NOT NULL",
        "assigned_from": "date NOT NULL",
        "version": "int NOT NULL",
        "province": "text NOT NULL",
        "mentor_id": "uuid NOT NULL",
        "until": "date",
    },
    indexes=("(mentor_id, assigned_from)",),
)
"""Which mentor a volunteer had, from a day on, and until which; `until` is null while no other follows."""


def _mentor(record: Recorded, event: dict[str, Any], rows: Rows) -> None:
    row = {name: event[name] for name in ("mentor_id", "province", "agency")}
    rows.put(MENTORS, {**row, "version": record.version, "name": orjson.dumps(event["name"]).decode()})


def _assignment(record: Recorded, event: dict[str, Any], rows: Rows) -> None:
    """Every event says anew how long each mentor was one: a later order may be for an earlier day."""
    of_all = {"volunteer_id": event["volunteer_id"], "version": record.version, "province": event["province"]}
    for mentoring, following in pairwise([*event["mentors"], None]):
        until = None if following is None else date.fromisoformat(following["assigned_from"]) - timedelta(days=1)
        rows.put(MENTORINGS, {**of_all, **mentoring, "until": None if until is None else until.isoformat()})


TABLES: tuple[Table, ...] = (MENTORS, MENTORINGS)
HANDLERS: Mapping[str, Handler] = {MentorAdded.TYPE: _mentor, MentorAssigned.TYPE: _assignment}
VIEWS: Mapping[LiteralString, LiteralString] = {}

"""The read tables of reporting about the network: centres, activities, mobile service units, cards, mentors. Nobody's name is in
them. What fills them is in `network_projection.py`."""

from shared.projection import Table, Within

CENTRE_VERSIONS = Table(
    name="centre_versions",
    key=("centre_id", "version"),
    columns={
        "centre_id": "uuid NOT NULL",
        "version": "int NOT NULL",
        "known_from": "timestamptz NOT NULL",
        "known_to": "timestamptz",
        "province": "text NOT NULL",
        "name": "text NOT NULL",
        "order_no": "text NOT NULL",
        "established_on": "date NOT NULL",
    },
    indexes=("(province)",),
    for_all=True,
)
"""Kept with two clocks as help is: a form names the centre that was known when it was submitted."""

ACTIVITIES = Table(
    name="activities",
    key=("activity_id",),
    columns={
        "activity_id": "uuid NOT NULL",
        "version": "int NOT NULL",
        "province": "text NOT NULL",
        "kind": "text NOT NULL",
        "fiscal_year": "int NOT NULL",
        "held_on": "date NOT NULL",
        "attendances": "int NOT NULL",
        "people_reached": "int NOT NULL",
        "void": "boolean NOT NULL",
    },
    indexes=("(province, fiscal_year)",),
)
"""`people_reached` is 0 where nobody counted."""

ATTENDANCES = Table(
    name="attendances",
    key=("volunteer_id", "activity_id"),
    columns={"volunteer_id": "uuid NOT NULL", "activity_id": "uuid NOT NULL", "version": "int NOT NULL"},
    within=Within(ACTIVITIES, ("activity_id",)),
)
"""Which volunteer was at which activity; whether that counts, the activity says."""

MOBILE_UNITS = Table(
    name="mobile_units",
    key=("mobile_unit_id",),
    columns={
        "mobile_unit_id": "uuid NOT NULL",
        "version": "int NOT NULL",
        "province": "text NOT NULL",
        "area_code": "text NOT NULL",
        "status": "text NOT NULL",
        "planned_on": "date NOT NULL",
        "held_on": "date",
        "people_served": "int NOT NULL",
        "marks": "int NOT NULL",
        "marks_sum": "int NOT NULL",
    },
    indexes=("(province)",),
)
"""`marks`: how many people said how satisfied they were; `marks_sum`: their marks, 1 to 5, added up."""

CARDS = Table(
    name="cards",
    key=("card_id",),
    columns={
        "card_id": "uuid NOT NULL",
        "version": "int NOT NULL",
        "volunteer_id": "uuid NOT NULL",
        "province": "text NOT NULL",
        "state": "text NOT NULL",
    },
    indexes=("(volunteer_id)",),
)

MENTORS = Table(
    name="mentors",
    key=("mentor_id",),
    columns={
        "mentor_id": "uuid NOT NULL",
        "version": "int NOT NULL",
        "province": "text NOT NULL",
        "agency": "text NOT NULL",
    },
    indexes=("(province)",),
)

MENTORINGS = Table(
    name="mentorings",
    key=("volunteer_id", "assigned_from"),
    columns={
        "volunteer_id": "uuid NOT NULL",
        "assigned_from": "date NOT NULL",
        "version": "int NOT NULL",
        "mentor_id": "uuid NOT NULL",
    },
    within=Within(MENTORS, ("mentor_id",)),
)
"""Whose mentor somebody is from a day on, until the volunteer's next one."""

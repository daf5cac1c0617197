"""The read tables of reporting. Help and units are kept with two clocks: each version says from when to when it was what this
service knew, so that a report can be had as of any moment. What fills them is in `projection.py`."""

from shared.projection import Table, Within

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
        "service_year": "int NOT NULL",
        "in_database": "boolean NOT NULL",
        "roster_edition": "text",
        "recorded_at": "timestamptz NOT NULL",
        "void": "boolean NOT NULL",
    },
    indexes=(
        "(unit_id, service_date)",
        "(province, service_date)",
        "(case_id) WHERE known_to IS NULL AND NOT void",
        # Totals are counted in the order of these, from nothing but these. All have the province: which may be seen is asked of
        # each row.
        "(service_year, province, assistance_type, worker_type, in_database, service_date)"
        " WHERE known_to IS NULL AND NOT void AND person_ref IS NOT NULL",
        "(service_year, province, person_ref, service_date) WHERE known_to IS NULL AND NOT void",
        "(service_year, person_ref, service_date, province) WHERE known_to IS NULL AND NOT void",
        "(person_ref)",
    ),
    version="revision",
    owners=("unit_id", "volunteer_id"),
)
"""Help as it stood after each of its events. `person` is the sealed block as JSON; `service_year` is the fiscal year of
`service_date` (Buddhist era), where `fiscal_year` is that of the case's report."""

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
    owners=("unit_id",),
)

NEEDS = Table(
    name="needs",
    key=("case_id",),
    columns={
        "case_id": "uuid NOT NULL",
        "version": "int NOT NULL",
        "fiscal_year": "int NOT NULL",
        "province": "text NOT NULL",
        "area_code": "text NOT NULL",
        "kind": "text NOT NULL",
        "tipoff": "boolean NOT NULL",
        "volunteer_id": "uuid",
        "person_ref": "uuid",
        "reported_on": "date NOT NULL",
        "withdrawn": "boolean NOT NULL",
    },
    indexes=(
        "(fiscal_year)",
        "(volunteer_id, fiscal_year, reported_on)",
        "(person_ref)",
        "(reported_on) WHERE tipoff",
        "(province, reported_on) WHERE NOT tipoff AND NOT withdrawn",
    ),
    owners=("volunteer_id",),
)

DECISIONS = Table(
    name="decisions",
    key=("case_id",),
    columns={"case_id": "uuid NOT NULL", "version": "int NOT NULL", "round": "int NOT NULL", "decision": "text"},
    within=Within(NEEDS, ("case_id",)),
)
"""The last that screening said of a case, and in which round; `decision` is null while it is open again."""

REFERRALS = Table(
    name="referrals",
    key=("case_id",),
    columns={
        "case_id": "uuid NOT NULL",
        "version": "bigint NOT NULL",
        "round": "int NOT NULL",
        "agency": "text NOT NULL",
        "status": "text NOT NULL",
    },
    within=Within(NEEDS, ("case_id",)),
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
        "area_code": "text NOT NULL",
        "appointed_on": "date NOT NULL",
        "person_ref": "uuid",
        "relieved_on": "date",
    },
    indexes=("(province)", "(person_ref)"),
    owners=("volunteer_id",),
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
    within=Within(VOLUNTEERS, ("volunteer_id",)),
)
"""Every term that a volunteer was given: between two of them nobody was in service."""

SUBMISSIONS = Table(
    name="submissions",
    key=("report_id", "revision"),
    columns={
        "report_id": "uuid NOT NULL",
        "revision": "int NOT NULL",
        "version": "int NOT NULL",
        "form": "text NOT NULL",
        "month": "date NOT NULL",
        "province": "text NOT NULL",
        "unit_id": "uuid",
        "submitted_at": "timestamptz NOT NULL",
        "submitted_by": "text NOT NULL",
        "hash": "text NOT NULL",
        "row_count": "int NOT NULL",
        "persons": "int NOT NULL",
    },
    indexes=("(form, month)",),
    owners=("unit_id",),
)
"""Every submission of a form, for ever. `month` is its first day."""

SUBMITTED_ROWS = Table(
    name="submitted_rows",
    key=("report_id", "revision", "assistance_id"),
    columns={
        "report_id": "uuid NOT NULL",
        "revision": "int NOT NULL",
        "assistance_id": "uuid NOT NULL",
        "assistance_revision": "int NOT NULL",
        "version": "int NOT NULL",
    },
    indexes=("(assistance_id)",),
    within=Within(SUBMISSIONS, ("report_id", "revision")),
)
"""Which revision of which help stood on a submitted form."""

PROJECT_TARGETS = Table(
    name="project_targets",
    key=("target_id",),
    columns={
        "target_id": "uuid NOT NULL",
        "version": "int NOT NULL",
        "province": "text NOT NULL",
        "fiscal_year": "int NOT NULL",
        "project_name": "text NOT NULL",
        "target": "int NOT NULL",
    },
    indexes=("(province, fiscal_year)",),
)
"""People that a project is to help in a fiscal year: what แบบ สนบ.๑ measures against."""

CORRECTED_PEOPLE = Table(
    name="corrected_people",
    key=("person_ref",),
    columns={"person_ref": "uuid NOT NULL", "version": "int NOT NULL", "person": "text NOT NULL"},
    within=Within(ASSISTANCE_VERSIONS, ("person_ref",)),
)
"""People about whom something was put right: a few of many. `person`: the sealed block of what was, as JSON."""

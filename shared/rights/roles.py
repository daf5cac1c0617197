"""Roles that several rules name, and the routes of a report in all its formats."""

from shared.access import AGENCY, NATION, PROVINCE, UNIT, Who
from shared.auth import Role

OFFICE: Who = {"province_officer": PROVINCE}
READERS: Who = {"province_officer": PROVINCE, "ministry": NATION}
PEOPLE_OF_OFFICE: frozenset[Role] = frozenset({"province_officer"})
OFFICE_AND_ADMIN: Who = {"province_officer": PROVINCE, "admin": PROVINCE}
HELPERS: Who = {"unit_clerk": UNIT, "province_officer": PROVINCE, "agency_officer": AGENCY}
EVERYBODY: Who = {
    "volunteer": NATION,
    "unit_clerk": NATION,
    "province_officer": NATION,
    "agency_officer": NATION,
    "ministry": NATION,
    "auditor": NATION,
    "admin": NATION,
}


def by_format(path: str) -> tuple[str, ...]:
    """A report's routes: by `Accept`, and by suffix."""
    return f"GET {path}", f"GET {path}.{{suffix}}"

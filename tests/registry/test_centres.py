"""Centres and committees: who may sit in one, and which is in office when."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.registry.centres.bodies import MEMBERS_AT_MOST, committee_faults
from services.registry.centres.domain import Centre, appoint_committee, centre_of, establish, name_of
from services.registry.network import PROJECTION
from shared.errors import RefusedError
from shared.events.codes import CommitteeRole
from shared.events.contract import Event
from shared.events.network import CommitteeMember
from tests.registry.given import BOX, recorded

CENTRE = UUID("01890000-0000-7000-8000-00000000c001")
VOLUNTEER = "01890000-0000-7000-8000-00000000a001"
ESTABLISHED = date(2021, 1, 29)
TODAY = date(2021, 6, 1)
CHAIR: dict[str, Any] = {"role": "chair", "title": "นาย", "first_name": "สมชาย", "last_name": "ใจกล้า"}
ADVISER: dict[str, Any] = {"role": "adviser", "agency": "PLO", "first_name": "สมหญิง", "last_name": "ใจดี"}
SEATS = [CommitteeMember(role=CommitteeRole.CHAIR, name=BOX)]


def established() -> list[Event]:
    return establish(CENTRE, province="24", name=None, order_no="292/2564", established_on=ESTABLISHED)


def centre(*days: date) -> Centre:
    """With a committee from each of these days on, appointed in this order."""
    return given_centre(history(*days))


def history(*days: date) -> list[Event]:
    events = established()
    for number, day in enumerate(days, start=1):
        events += appoint_committee(given_centre(events), order_no=f"{number}/2564", appointed_from=day, members=SEATS)
    return events


def given_centre(events: list[Event]) -> Centre:
    found = centre_of(events)
    assert found is not None
    return found


def faults(*members: Any, **changed: Any) -> dict[str, str]:
    raw = {"order_no": "1/2564", "from": "2021-02-01", "members": list(members)} | changed
    return {fault.pointer: fault.code for fault in committee_faults(raw, TODAY, established_on=ESTABLISHED)}


def test_a_centre_is_named_after_its_province_unless_its_order_says_otherwise() -> None:
    assert centre().name == "ศูนย์ประสานงานแรงงานนอกระบบจังหวัดฉะเชิงเทรา (ภาคประชาชน)"
    assert name_of("10") == "ศูนย์ประสานงานแรงงานนอกระบบกรุงเทพมหานคร (ภาคประชาชน)"
    own = establish(CENTRE, province="24", name="ศูนย์แปดริ้ว", order_no="1", established_on=ESTABLISHED)
    assert given_centre(own).name == "ศูนย์แปดริ้ว"


@given(st.lists(st.dates(ESTABLISHED, date(2030, 1, 1)), min_size=1, max_size=6, unique=True), st.integers(-2, 400))
def test_a_committee_is_in_office_until_the_day_before_the_next_in_whatever_order_they_were_appointed(
    days: list[date], after: int
) -> None:
    found = centre(*days)
    assert [committee.appointed_from for committee in found.committees] == sorted(days)
    for committee, following in zip(found.committees, found.committees[1:], strict=False):
        assert committee.until == following.appointed_from - timedelta(days=1)
    assert found.committees[-1].until is None
    day = min(days) + timedelta(days=after)
    in_office = [c for c in found.committees if c.appointed_from <= day and (c.until is None or day <= c.until)]
    assert found.in_office(day) == (in_office[0] if in_office else None)
    assert len(in_office) <= 1


def test_two_committees_do_not_begin_on_one_day() -> None:
    with pytest.raises(RefusedError) as refused:
        appoint_committee(centre(TODAY), order_no="2/2564", appointed_from=TODAY, members=SEATS)
    assert refused.value.code == "already_appointed"


def test_a_committee_of_a_chair_and_an_adviser_has_no_faults() -> None:
    assert faults(CHAIR, ADVISER, {"role": "member", "volunteer_id": VOLUNTEER}) == {}


@pytest.mark.parametrize(
    ("members", "found"),
    [
        ([ADVISER], {"/members": "required"}),
        ([CHAIR, ADVISER, CHAIR], {"/members/2/role": "invalid"}),
        ([CHAIR, ADVISER, ADVISER], {"/members/2/agency": "invalid"}),
        ([CHAIR, ADVISER | {"agency": None}], {"/members/1/agency": "required"}),
        ([CHAIR | {"agency": "DOE"}], {"/members/0/agency": "invalid"}),
        ([{"role": "chair"}], {"/members/0/first_name": "required", "/members/0/last_name": "required"}),
        ([CHAIR | {"last_name": None}], {"/members/0/last_name": "required"}),
        ([{"role": "chair", "volunteer_id": VOLUNTEER, "first_name": "สมชาย"}], {"/members/0/first_name": "invalid"}),
        (
            [{"role": "chair", "volunteer_id": VOLUNTEER}, {"role": "secretary", "volunteer_id": VOLUNTEER.upper()}],
            {"/members/1/volunteer_id": "invalid"},
        ),
    ],
)
def test_what_makes_no_committee(members: list[dict[str, Any]], found: dict[str, str]) -> None:
    assert faults(*members) == found


@pytest.mark.parametrize(
    ("day", "code"), [("2021-01-28", "invalid"), ("2021-01-29", None), ("2021-08-30", None), ("2021-08-31", "in_future")]
)
def test_a_committee_begins_with_its_centre_at_the_earliest(day: str, code: str | None) -> None:
    assert faults(CHAIR, **{"from": day}).get("/from") == code


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.sampled_from(["chair", "adviser", VOLUNTEER]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["role", "volunteer_id", "agency", "first_name"]) | st.text(), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(anything, anything)
def test_any_body_has_faults_and_none_breaks_the_search_for_them(members: Any, day: Any) -> None:
    raw = {"members": members, "from": day}
    assert all(fault.pointer.startswith(("/members", "/from")) for fault in committee_faults(raw, TODAY, established_on=TODAY))


def test_no_more_seats_are_looked_at_than_there_may_be() -> None:
    found = faults(CHAIR, *[{"role": "member"}] * 10_000)
    assert len(found) == 2 * (MEMBERS_AT_MOST - 1)


def test_the_list_has_a_row_for_each_centre() -> None:
    rows = PROJECTION.fold(recorded(history(TODAY, ESTABLISHED))).puts["centres"]
    assert [(row["province"], row["order_no"], row["version"]) for row in rows.values()] == [("24", "292/2564", 3)]

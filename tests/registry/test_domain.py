"""Volunteers and service units: terms, standing, and what is refused."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.registry.domain import (
    close_unit,
    refuse_if_serving,
    relieve,
    renew,
    status,
    unit_of,
    unit_status,
    volunteer_of,
)
from shared.errors import RefusedError
from shared.events.codes import Level
from shared.events.registry import ServiceUnitClosed, Term, VolunteerRelieved, VolunteerTermRenewed
from tests.registry.given import BEGINS, BOX, ENDS, PERSON, VOLUNTEER, appointed, only, only_unit, opened

DAY = timedelta(days=1)
days = st.dates(date(1941, 1, 1), date(2100, 1, 1))


def refused(code: str) -> "pytest.RaisesExc[RefusedError]":
    return pytest.raises(RefusedError, match=f"^{code}$")


def test_a_term_is_three_years_and_its_last_day_is_in_service() -> None:
    volunteer = appointed()
    assert (volunteer.term_starts_on, volunteer.term_ends_on) == (BEGINS, ENDS)
    assert [volunteer.in_service_on(day) for day in (BEGINS - DAY, BEGINS, ENDS, ENDS + DAY)] == [False, True, True, False]


def test_a_term_that_begins_on_a_leap_day_ends_on_the_last_of_february() -> None:
    assert appointed(appointed_on=date(2020, 2, 29)).term_ends_on == date(2023, 2, 28)


def test_an_appointment_carries_what_its_readers_need() -> None:
    volunteer = appointed(level=Level.DISTRICT, area_code="2001", appointed_on=BEGINS)
    assert (volunteer.volunteer_id, volunteer.person_ref, volunteer.person) == (VOLUNTEER, PERSON, BOX)
    assert (volunteer.province, volunteer.level, volunteer.area_code) == ("20", Level.DISTRICT, "2001")
    assert volunteer.card_no.startswith("20-2554-")
    assert volunteer.order_no == "1/2555"
    assert volunteer.terms == (Term(starts_on=BEGINS, ends_on=ENDS),)


def test_the_status_follows_the_days() -> None:
    volunteer = appointed()
    assert [status(volunteer, day) for day in (BEGINS - DAY, BEGINS, ENDS, ENDS + DAY)] == [None, "active", "active", "expired"]


def test_the_day_of_relief_is_the_first_one_out_of_service() -> None:
    out = date(2012, 5, 1)
    volunteer = only(relieve(appointed(), out, words=BOX))
    assert isinstance(volunteer, VolunteerRelieved)
    assert (volunteer.relieved_on, volunteer.words, volunteer.term_ends_on) == (out, BOX, ENDS)
    assert [status(volunteer, day) for day in (out - DAY, out, ENDS + DAY)] == ["active", "relieved", "relieved"]


def test_a_volunteer_relieved_on_the_day_of_appointment_never_served() -> None:
    volunteer = only(relieve(appointed(), BEGINS, words=BOX))
    assert not volunteer.in_service_on(BEGINS)
    assert status(volunteer, BEGINS) == "relieved"


def test_a_volunteer_is_relieved_once() -> None:
    volunteer = only(relieve(appointed(), ENDS, words=BOX))
    with refused("wrong_state"):
        relieve(volunteer, ENDS, words=BOX)


def test_nobody_is_relieved_of_a_term_that_is_over() -> None:
    assert only(relieve(appointed(), ENDS, words=BOX)).relieved_on == ENDS
    with refused("wrong_state"):
        relieve(appointed(), ENDS + DAY, words=BOX)


def test_a_renewal_before_the_end_begins_the_day_after_it() -> None:
    renewed_on = date(2014, 8, 1)
    volunteer = only(renew(appointed(), renewed_on, order_no="9/2557"))
    assert isinstance(volunteer, VolunteerTermRenewed)
    assert (volunteer.renewed_on, volunteer.order_no) == (renewed_on, "9/2557")
    assert (volunteer.term_starts_on, volunteer.term_ends_on) == (date(2014, 10, 1), date(2017, 9, 30))
    assert (volunteer.appointed_on, volunteer.card_no) == (BEGINS, appointed().card_no)


def test_a_renewal_after_the_end_begins_on_its_own_day_and_leaves_a_gap() -> None:
    volunteer = only(renew(appointed(), date(2015, 1, 15), order_no=None))
    assert (volunteer.term_starts_on, volunteer.term_ends_on) == (date(2015, 1, 15), date(2018, 1, 14))
    standing = [status(volunteer, day) for day in (ENDS, ENDS + DAY, date(2015, 1, 14), date(2015, 1, 15))]
    assert standing == ["active", "expired", "expired", "active"]
    assert volunteer.order_no == "1/2555"


def test_a_relieved_volunteer_is_not_renewed() -> None:
    with refused("wrong_state"):
        renew(only(relieve(appointed(), ENDS, words=BOX)), ENDS, order_no=None)


def test_renewals_do_not_run_out_of_the_calendar() -> None:
    volunteer = appointed(appointed_on=date(2026, 1, 1))
    with refused("wrong_state"):
        for _ in range(1000):
            volunteer = only(renew(volunteer, date(2026, 1, 1), order_no=None))
    assert volunteer.term_ends_on.year < 2300


@given(days, st.lists(days, max_size=5), days)
def test_terms_never_overlap_and_the_newest_event_tells_all_of_them(first: date, renewals: list[date], day: date) -> None:
    volunteer = appointed(appointed_on=first)
    terms = [volunteer]
    for renewed_on in renewals:
        volunteer = only(renew(volunteer, renewed_on, order_no=None))
        terms.append(volunteer)
    assert [(term.starts_on, term.ends_on) for term in volunteer.terms] == [(t.term_starts_on, t.term_ends_on) for t in terms]
    assert all(one.ends_on < two.starts_on for one, two in zip(volunteer.terms, volunteer.terms[1:], strict=False))
    assert volunteer.in_service_on(day) == any(t.term_starts_on <= day <= t.term_ends_on for t in terms)


def test_a_place_is_kept_until_the_term_is_over() -> None:
    with refused("already_appointed"):
        refuse_if_serving(appointed(), ENDS)
    refuse_if_serving(appointed(), ENDS + DAY)
    refuse_if_serving(None, BEGINS)


def test_a_place_is_free_from_the_day_of_relief() -> None:
    relieved = only(relieve(appointed(), date(2012, 5, 1), words=BOX))
    with refused("already_appointed"):
        refuse_if_serving(relieved, date(2012, 4, 30))
    refuse_if_serving(relieved, date(2012, 5, 1))


def test_a_place_is_kept_against_an_appointment_from_before() -> None:
    with refused("already_appointed"):
        refuse_if_serving(appointed(), BEGINS - timedelta(days=4000))


def test_a_unit_is_open_from_its_first_day_to_the_day_before_it_closes() -> None:
    unit = only_unit(close_unit(opened(), date(2022, 1, 1), words=BOX))
    assert isinstance(unit, ServiceUnitClosed)
    days = (date(2021, 5, 6), date(2021, 5, 7), date(2021, 12, 31), date(2022, 1, 1))
    assert [unit_status(unit, day) for day in days] == [None, "open", "open", "closed"]
    assert (unit.name, unit.province, unit.area_code, unit.village_no, unit.words) == ("บ้านคลองนิยม", "24", "240409", 3, BOX)


def test_a_unit_is_closed_once() -> None:
    with refused("wrong_state"):
        close_unit(only_unit(close_unit(opened(), date(2022, 1, 1), words=None)), date(2022, 1, 1), words=None)


def test_a_unit_is_no_volunteer_and_a_volunteer_no_unit() -> None:
    assert volunteer_of([opened()]) is None
    assert unit_of([appointed()]) is None

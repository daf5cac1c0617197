"""Folding events to rows: the same whatever the batches, the same states whatever the order between topics."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from services.reporting.projection import PROJECTION
from shared.events.catalogue import EVENTS
from shared.events.codes import Agency, Decision
from shared.events.contract import Event
from shared.events.intake import PersonForgotten
from shared.events.registry import VolunteerTermRenewed
from shared.events.routing import CaseReferred, ReferralAccepted, ReferralDeclined
from shared.projection import Rows
from shared.store import Recorded
from tests.reporting.given import (
    PERSON,
    World,
    an_id,
    corrected,
    helped,
    need,
    placed,
    put_right,
    referral,
    reopened,
    screened,
    submission,
    target,
    unit,
    voided,
    volunteer,
    withdrawn,
)
from tests.reporting.given_network import activity, centre, committee, every_part, mentored, mobile_unit, not_held, was_held
from tests.support.kafka_records import recorded

Row = dict[str, Any]
TABLES = {table.name: table for table in PROJECTION.tables}


class Written:
    """The tables as PostgreSQL would hold them: a batch's upserts where the version is newer, then what is changed in rows."""

    def __init__(self) -> None:
        self.tables: dict[str, dict[tuple[Any, ...], Row]] = {name: {} for name in TABLES}

    def write(self, rows: Rows) -> None:
        for name, puts in rows.puts.items():
            version = TABLES[name].version
            for key, row in puts.items():
                there = self.tables[name].get(key)
                if there is None or there[version] < row[version]:
                    self.tables[name][key] = dict(row)
        for (name, _), patches in rows.patches.items():
            for key, values in patches.items():
                if key in self.tables[name]:
                    self.tables[name][key] |= values
        for (name, _), fills in rows.fills.items():
            for key, values in fills.items():
                row = self.tables[name].get(key, {})
                row.update({column: value for column, value in values.items() if column in row and row[column] is None})

    def rows(self, name: str) -> list[Row]:
        return list(self.tables[name].values())


def written(batches: Iterable[Sequence[Recorded]]) -> Written:
    found = Written()
    for batch in batches:
        found.write(PROJECTION.fold(list(batch)))
    return found


def told(*events: Event) -> Written:
    """Events of one stream of one service after the other, one batch."""
    return written([placed([recorded(event, version=version) for version, event in enumerate(events, start=1)])])


def cut(records: Sequence[Recorded], sizes: Sequence[int]) -> Iterator[Sequence[Recorded]]:
    """The records in batches of these sizes, over and over."""
    start, turn = 0, 0
    while start < len(records):
        yield records[start : start + sizes[turn % len(sizes)]]
        start, turn = start + sizes[turn % len(sizes)], turn + 1


def test_every_event_that_there_is_leaves_a_row_but_that_somebody_is_forgotten() -> None:
    """That changes nothing that is counted; names go with the key."""
    assert {event.TYPE for event in EVENTS} - set(PROJECTION.handlers) == {PersonForgotten.TYPE}
    assert set(PROJECTION.handlers) < {event.TYPE for event in EVENTS}


def test_a_row_names_every_column_of_its_table() -> None:
    others: list[Event] = [unit(an_id(1)), volunteer(an_id(2)), submission(an_id(3), (an_id(4), 1)), target("ส่งเสริมอาชีพ", 120)]
    others += [put_right(PERSON), *every_part(an_id(2))]
    records = [*World(1, 60).arrivals(1), *placed([recorded(event) for event in others])]
    rows = PROJECTION.fold(records)
    assert set(rows.puts) == set(TABLES)
    for name, puts in rows.puts.items():
        assert all(list(row) == list(TABLES[name].columns) for row in puts.values())


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.lists(st.integers(1, 40), min_size=1, max_size=5))
def test_every_batch_size_gives_the_same_rows(seed: int, sizes: list[int]) -> None:
    records = World(seed, 25).arrivals(seed)
    assert written(cut(records, sizes)).tables == written([records]).tables


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.integers(0, 10**6), st.integers(1, 50))
def test_every_order_between_topics_gives_the_same_states(seed: int, order: int, size: int) -> None:
    world = World(seed, 25)
    there, here = written([world.arrivals(0)]), written(cut(world.arrivals(order), [size]))
    assert here.tables.keys() == there.tables.keys()
    for name in here.tables:
        assert _without_arrival(here.rows(name)) == _without_arrival(there.rows(name))


def _without_arrival(rows: Iterable[Row]) -> list[list[tuple[str, Any]]]:
    """What does not depend on when an event came; whether a version still stands does not either."""
    arrival = ("position", "known_from", "known_to")
    plain = [row | {"stands": row.get("known_to") is None} for row in rows]
    return sorted([sorted((n, str(v)) for n, v in row.items() if n not in arrival) for row in plain])


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_the_states_are_those_that_a_person_would_tell(seed: int, order: int) -> None:
    world = World(seed, 25)
    found = written(cut(world.arrivals(order), [7]))
    for fate in world.fates:
        key = (str(fate.reported.case_id),)
        assert found.tables["needs"][key]["withdrawn"] is fate.withdrawn
        decision = found.tables["decisions"].get(key, {}).get("decision")
        assert (None if decision == Decision.NEEDS_INFORMATION else decision) == fate.decision
        assert found.tables["referrals"].get(key, {}).get("status") == fate.referral
        live = {row["assistance_id"] for row in found.rows("assistance_versions") if _live(row) and row["case_id"] == key[0]}
        assert live == {str(help_) for help_, stands in fate.helps.items() if stands}


def _live(row: Row) -> bool:
    return row["known_to"] is None and not row["void"]


def test_versions_of_help_follow_each_other_without_gap_or_overlap() -> None:
    help_ = helped(an_id(1))
    better = corrected(help_, project_name="อื่น")
    first, second, third = told(help_, better, voided(better)).rows("assistance_versions")
    assert first["known_to"] == second["known_from"] > first["known_from"]
    assert second["known_to"] == third["known_from"]
    assert third["known_to"] is None
    assert [row["void"] for row in (first, second, third)] == [False, False, True]
    assert [row["project_name"] for row in (first, second)] == ["ส่งเสริมอาชีพ", "อื่น"]


def test_a_revision_that_was_given_up_leaves_one_version_standing() -> None:
    """One that could not be read was parked and dropped; the one after it closes all before it, once."""
    help_ = helped(an_id(1))
    third, fourth = corrected(help_, revision=3), corrected(help_, revision=4)
    records = placed([recorded(event, version=event.revision) for event in (help_, third, fourth)])
    for found in (written([records]), written([[record] for record in records])):
        first, *later = found.rows("assistance_versions")
        assert first["known_to"] == later[0]["known_from"]
        assert [row["revision"] for row in found.rows("assistance_versions") if row["known_to"] is None] == [4]


def test_a_correction_keeps_when_it_was_first_recorded() -> None:
    help_ = helped(an_id(1))
    first, second = told(help_, corrected(help_, service_date=date(2021, 5, 21))).rows("assistance_versions")
    assert first["recorded_at"] == second["recorded_at"]


def test_units_are_kept_as_they_were_known_at_each_time() -> None:
    opened, closed = told(unit(an_id(1)), unit(an_id(1), closed_on=date(2021, 9, 1))).rows("unit_versions")
    assert opened["closed_on"] is None
    assert opened["known_to"] == closed["known_from"]
    assert closed["closed_on"] == "2021-09-01"


def test_a_reopened_case_has_no_decision() -> None:
    reported = need(an_id(1))
    (row,) = told(screened(reported), reopened(reported)).rows("decisions")
    assert row["decision"] is None


def test_a_withdrawn_need_stays_withdrawn_when_its_report_comes_again() -> None:
    reported = need(an_id(1))
    records = placed([recorded(reported), recorded(withdrawn(reported), version=2), recorded(reported)])
    (row,) = written(cut(records, [1])).rows("needs")
    assert row["withdrawn"]


def test_the_last_round_tells_what_became_of_a_referral_whichever_topic_came_first() -> None:
    reported = need(an_id(1))
    first = [(referral(CaseReferred, reported), 1), (referral(ReferralDeclined, reported), 2)]
    second = [
        (referral(CaseReferred, reported, 2, Agency.DSD), 3),
        (referral(ReferralAccepted, reported, 2, Agency.DSD), 4),
    ]
    for order in (first + second, second + first):
        (row,) = written([placed([recorded(event, version=version) for event, version in order])]).rows("referrals")
        assert row["status"] == "accepted"


def test_a_renewed_volunteer_has_two_terms() -> None:
    appointed = volunteer(an_id(1))
    renewed = VolunteerTermRenewed.model_validate(
        appointed.model_dump()
        | {"term_starts_on": date(2023, 10, 1), "term_ends_on": date(2026, 9, 30), "renewed_on": date(2023, 8, 1)}
    )
    found = told(appointed, renewed)
    assert [(row["starts_on"], row["ends_on"]) for row in found.rows("volunteer_terms")] == [
        ("2020-10-01", "2023-09-30"),
        ("2023-10-01", "2026-09-30"),
    ]
    assert len(found.rows("volunteers")) == 1


def test_a_centre_is_kept_as_it_was_known_at_each_time() -> None:
    first, second = told(centre(), committee(centre(name="ศูนย์"))).rows("centre_versions")
    assert first["known_to"] == second["known_from"]
    assert (first["name"] != "ศูนย์", second["name"], second["known_to"]) == (True, "ศูนย์", None)


def test_an_activity_that_was_not_held_is_void_and_who_was_there_counts_once() -> None:
    held = activity(an_id(5), an_id(2), an_id(3), an_id(2), people_reached=None)
    found = told(held, not_held(held))
    (row,) = found.rows("activities")
    assert (row["void"], row["attendances"], row["people_reached"]) == (True, 2, 0)
    assert {attendance["volunteer_id"] for attendance in found.rows("attendances")} == {str(an_id(2)), str(an_id(3))}


def test_the_marks_of_a_mobile_unit_are_added_up() -> None:
    planned = mobile_unit(an_id(6))
    (row,) = told(planned, was_held(planned, satisfaction={"5": 3, "1": 1})).rows("mobile_units")
    assert (row["status"], row["people_served"], row["marks"], row["marks_sum"]) == ("held", 30, 4, 16)


def test_all_mentors_that_a_volunteer_had_are_kept() -> None:
    first, second = (an_id(7), date(2021, 3, 1)), (an_id(8), date(2021, 9, 1))
    rows = told(mentored(an_id(2), first), mentored(an_id(2), first, second)).rows("mentorings")
    assert [(row["mentor_id"], row["assigned_from"]) for row in rows] == [
        (str(an_id(7)), "2021-03-01"),
        (str(an_id(8)), "2021-09-01"),
    ]

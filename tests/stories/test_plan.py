"""What a story comes to: exact counts however they are spread, the same plan every time, nobody real."""

import re
from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploy.local.player import Story, StoryError, plan
from deploy.local.player.expected import Funnel, expected
from deploy.local.player.steps import APPOINT, FOUND, REPORT, SUBMIT_SNB2, Step
from shared.buddhist_calendar import Month, bangkok_day, fiscal_year
from shared.citizen_id import contains_valid_id, is_valid
from shared.places import subdistricts_of
from shared.rights import RULES
from tests.stories.given import NAMES, draw, named, planned, small, story, target, unit


def citizen_ids(steps: Sequence[Step]) -> list[str]:
    found = [step.body["citizen_id"] for step in named(steps, "appoint")]
    return found + [step.body["citizen"]["citizen_id"] for step in steps if "citizen" in step.body]


def service_days(steps: Sequence[Step]) -> list[date]:
    return [date.fromisoformat(step.body["service_date"]) for step in steps]


def test_chonburi_comes_to_92_2760_828_and_248() -> None:
    steps = planned("chonburi-2555")
    assert expected(steps) == Funnel(volunteers=92, reported=2760, screened=2760, eligible=828, referred=828, helped=248)


def test_each_of_chonburis_volunteers_reports_thirty_different_people_of_the_own_subdistrict() -> None:
    steps = planned("chonburi-2555")
    needs = named(steps, "found")
    assert Counter(need.body["area_code"] for need in needs) == dict.fromkeys(subdistricts_of("20"), 30)
    assert all(need.body["volunteer_id"].step == f"volunteer/{need.body['area_code']}" for need in needs)
    assert len(set(citizen_ids(steps))) == 92 + 2760


def test_chonburis_needs_are_spread_over_half_a_year_and_its_help_over_the_months_after() -> None:
    steps = planned("chonburi-2555")
    by_month = Counter(need.body["reported_at"][:7] for need in named(steps, "found"))
    assert sorted(by_month) == ["2011-10", "2011-11", "2011-12", "2012-01", "2012-02", "2012-03"]
    assert min(by_month.values()) > 300
    assert {"2012-04", "2012-05", "2012-06"} == {str(Month.of(day)) for day in service_days(named(steps, "help"))}


def test_chachoengsao_has_93_volunteers_and_two_units_open_from_7_may_2021() -> None:
    steps = planned("chachoengsao-2564")
    assert {step.body["area_code"] for step in named(steps, "appoint")} == set(subdistricts_of("24"))
    units = [(step.body["area_code"], step.body["village_no"], step.body["opened_on"]) for step in named(steps, "open_unit")]
    assert sorted(units) == [("240409", 3, "2021-05-07"), ("240601", 2, "2021-05-07")]


def test_chachoengsaos_units_help_every_month_also_on_the_25th_the_26th_and_the_last() -> None:
    steps = planned("chachoengsao-2564")
    for key in ("unit/khlong-niyom", "unit/wari-samankhun"):
        days = service_days([step for step in named(steps, "unit_help") if step.by.of == key])
        for month in (Month(2021, number) for number in range(5, 10)):
            assert {date(2021, month.month, 25), date(2021, month.month, 26), month.last_day} <= set(days)


def test_chachoengsaos_agencies_help_around_the_cut_off_too() -> None:
    days = service_days(named(planned("chachoengsao-2564"), "help"))
    assert {25, 26} <= {day.day for day in days}
    assert any(day == Month.of(day).last_day for day in days)


def test_chachoengsao_has_two_tipoffs_a_declined_referral_a_correction_and_a_void() -> None:
    steps = planned("chachoengsao-2564")
    assert [step.body["kind"] for step in named(steps, "report") if "citizen" not in step.body] == ["tipoff_job_scam"] * 2
    assert [len(named(steps, action)) for action in ("decline", "correct", "void")] == [1, 1, 1]


def test_the_short_story_is_ten_volunteers_with_sixty_needs_in_one_month() -> None:
    steps = planned("short")
    assert expected(steps) == Funnel(volunteers=10, reported=60, screened=60, eligible=18, referred=18, helped=5)
    assert {Month.of(step.at) for step in steps if step.action in (REPORT, FOUND)} == {Month(2023, 6)}


@pytest.mark.parametrize("name", NAMES)
def test_a_story_has_the_same_plan_every_time(name: str) -> None:
    assert tuple(plan(story(name))) == planned(name)


def test_another_seed_spreads_the_same_numbers_otherwise() -> None:
    one, other = (plan(small(draws=[draw()], seed=seed)) for seed in (1, 2))
    assert one != other
    assert expected(one) == expected(other)


@pytest.mark.parametrize("name", NAMES)
def test_all_of_a_story_lies_within_its_fiscal_year_and_nothing_in_its_future(name: str) -> None:
    told = story(name)
    for step in planned(name):
        # The last month's forms are due when the year is over.
        if step.action not in (APPOINT, SUBMIT_SNB2):
            assert fiscal_year(step.at) == told.fiscal_year
        for field in ("service_date", "opened_on", "appointed_on", "reported_at", "established_on", "held_on", "on"):
            assert step.body.get(field, "") <= str(bangkok_day(step.at))


@pytest.mark.parametrize("name", NAMES)
def test_invented_people_have_valid_ids_of_an_office_that_does_not_exist(name: str) -> None:
    told = story(name)
    ids = citizen_ids(planned(name))
    assert all(is_valid(number) and number[1:5] == told.office for number in ids)


def test_no_two_stories_share_a_person() -> None:
    assert len({story(name).office for name in NAMES}) == len(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_keys_are_short_enough_and_nobodys_name_or_number(name: str) -> None:
    for step in planned(name):
        assert len(f"{name}/{step.key}~99") <= 200
        assert step.key.isascii()
        assert not contains_valid_id(step.key)


@given(
    each=st.integers(1, 12),
    shares=st.tuples(*[st.floats(0, 1)] * 4),
    seed=st.integers(0, 2**32),
    every=st.integers(1, 20),
)
def test_a_draw_has_its_exact_numbers_whatever_the_seed(each: int, shares: tuple[float, ...], seed: int, every: int) -> None:
    eligible = int(each * 2 * shares[0])
    helped = int(eligible * shares[1])
    accepted = int((eligible - helped) * shares[2])
    closed = int((eligible - helped - accepted) * shares[3])
    drawn = draw(each=each, eligible=eligible, helped=helped, accepted=accepted, closed=closed)
    steps = plan(small(draws=[drawn], seed=seed, screening={"every_days": every}))
    assert expected(steps) == Funnel(2, each * 2, each * 2, eligible, eligible, helped)
    assert len(named(steps, "close")) == closed
    assert len({step.target for step in named(steps, "accept")} - {step.target for step in named(steps, "help")}) == accepted


def case(**changes: Any) -> dict[str, Any]:
    return {"key": "one", "on": date(2023, 6, 5), "volunteer": "210101", "kind": "job_domestic"} | changes


def acts(*doings: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"on": date(2023, 6, 6) + timedelta(number), **doing} for number, doing in enumerate(doings)]


ELIGIBLE = {"do": "screen", "decision": "eligible"}
HELP = {"do": "help", "assistance_type": "promote", "project_name": "โครงการ"}


@pytest.mark.parametrize(
    ("doings", "counted"),
    [
        ([], (1, 0, 0, 0)),
        ([{"do": "screen", "decision": "needs_information"}], (1, 0, 0, 0)),
        ([{"do": "screen", "decision": "not_eligible"}], (1, 1, 0, 0)),
        ([{"do": "screen", "decision": "duplicate"}], (0, 0, 0, 0)),
        ([{"do": "withdraw", "reason": "ได้งานแล้ว"}], (0, 0, 0, 0)),
        ([ELIGIBLE], (1, 1, 1, 0)),
        ([ELIGIBLE, {"do": "decline", "reason": "ไม่ใช่"}], (1, 0, 0, 0)),
        ([ELIGIBLE, {"do": "return", "reason": "ขาดเอกสาร"}, ELIGIBLE], (1, 1, 1, 0)),
        ([ELIGIBLE, HELP], (1, 1, 1, 1)),
        ([ELIGIBLE, HELP, {"do": "void", "reason": "ผิดราย"}], (1, 1, 1, 0)),
    ],
)
def test_a_told_case_is_counted_as_the_funnel_counts_it(doings: list[dict[str, Any]], counted: tuple[int, ...]) -> None:
    found = expected(plan(small(cases=[case(then=acts(*doings))])))
    assert (found.reported, found.screened, found.referred, found.helped) == counted


def test_a_tipoff_is_in_no_count() -> None:
    steps = plan(small(cases=[case(kind="tipoff_job_scam", then=acts({"do": "accept"}, HELP))]))
    assert expected(steps) == Funnel(2, 0, 0, 0, 0, 0)


def test_a_target_is_set_when_the_year_begins() -> None:
    found = named(plan(small(targets=[{"project_name": "โครงการ", "target": 5}])), "set_target")
    assert [step.body for step in found] == [
        {"province": "21", "fiscal_year": 2566, "project_name": "โครงการ", "target": 5},
    ]
    assert bangkok_day(found[0].at) == date(2022, 10, 1)


def test_every_target_of_chachoengsao_is_of_a_project_that_helped_somebody() -> None:
    steps = planned("chachoengsao-2564")
    helped = {step.body["project_name"] for step in steps if step.action.name in ("help", "unit_help")}
    assert {step.body["project_name"] for step in named(steps, "set_target")} <= helped


def test_a_correction_is_of_the_help_before_it() -> None:
    steps = plan(small(cases=[case(then=acts(ELIGIBLE, HELP, {"do": "correct", "reason": "ผิดวัน"}))]))
    assert target(named(steps, "correct")[0]).step == named(steps, "help")[0].key


@pytest.mark.parametrize(
    "changes",
    [
        {"cases": [case(then=acts(ELIGIBLE, {"do": "void", "reason": "ไม่มี"}))]},
        {"cases": [case(unit="nowhere")]},
        {"cases": [case(volunteer="999999")]},
        {"cases": [case(), case()]},
        {"unit_help": [{"unit": "nowhere", "first_day": date(2023, 6, 1), "last_day": date(2023, 6, 30), "each_month": 1}]},
        {"units": [unit()], "cases": [case(on=date(2023, 5, 31), unit="unit")]},
        {"province": "99"},
    ],
)
def test_a_story_that_does_not_hang_together_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(StoryError):
        plan(small(**changes))


@pytest.mark.parametrize(
    "drawn",
    [
        draw(eligible=2, helped=3),
        draw(unit="unit"),
        draw(each=None),
        draw(each=None, unit="unit"),
        draw(last_day=date(2023, 5, 1)),
    ],
)
def test_a_draw_that_does_not_add_up_is_refused(drawn: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"either|more is done|before the first"):
        small(draws=[drawn])


def test_more_eligible_than_reported_is_refused() -> None:
    with pytest.raises(StoryError, match="month"):
        plan(small(draws=[draw(each=1, eligible=3)]))


def test_a_story_with_an_unknown_field_is_refused() -> None:
    with pytest.raises(ValueError, match="Extra inputs"):
        Story.model_validate({**small().model_dump(), "colour": "blue"})


@pytest.mark.parametrize("name", NAMES)
def test_whoever_takes_a_step_may_by_the_table_of_rights(name: str) -> None:
    """Within his province, unit or agency: whose they are, the step says."""
    rules = {(rule.service, re.sub(r"{\w+}", "{}", route)): rule for rule in RULES for route in rule.routes}
    for step in (step for step in planned(name) if step.action is not FOUND):
        rule = rules[step.action.service, f"{'POST' if step.action.write else 'GET'} {step.action.path}"]
        assert step.by.role in rule.who, f"{step.key}: {step.by.role} may not {rule.what}"

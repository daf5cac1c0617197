"""Which forms a story submits and when; that all that was recorded before has arrived by then; how the files are called."""

from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import pytest

from deploy.local.player import Story, StoryError, plan
from deploy.local.player.calling import Services
from deploy.local.player.complete import Counts, MonthOfForms, completeness, table
from deploy.local.player.filing import file_reports
from deploy.local.player.performing import Performance
from deploy.local.player.steps import ON_FORMS, Ref, Step
from shared.buddhist_calendar import bangkok_day
from tests.stories.fake_services import STACK, FakeServices
from tests.stories.given import NAMES, named, planned, small, unit
from tests.stories.test_plan import ELIGIBLE, HELP, acts, case

HELPS = {"unit": "unit", "first_day": date(2023, 6, 1), "last_day": date(2023, 7, 31), "each_month": 4, "on": [25, 26]}
TWICE = {"form": "sp12", "unit": "unit", "month": "2023-06", "on": [date(2023, 6, 25), date(2023, 6, 30)]}


def submitting(**changes: Any) -> Story:
    fields = {"sp12": ["2023-06", "2023-07"], "snb2": ["2023-06"]} | changes
    voided = case(then=acts(ELIGIBLE, HELP, {"do": "void", "reason": "ผิดราย"}))
    return small(
        units=[unit()],
        unit_help=[HELPS],
        cases=[voided],
        submitted=fields,
        reports={"snb2": ["2023-07"], "snb1": ["2023-06"], "doe_tipoffs": ["2023-06"]},
    )


def submissions(steps: list[Step]) -> dict[str, date]:
    return {step.key: bangkok_day(step.at) for step in steps if step.action.name.startswith("submit")}


def test_forms_are_submitted_on_the_days_on_which_they_are_due() -> None:
    assert submissions(plan(submitting())) == {
        "submit/sp12-unit-2023-06/1": date(2023, 6, 25),
        "submit/snb2-2023-06/1": date(2023, 7, 5),
        "submit/sp12-unit-2023-07/1": date(2023, 7, 25),
    }


def test_a_form_may_be_submitted_late() -> None:
    late = {**TWICE, "on": [date(2023, 6, 28)]}
    assert submissions(plan(submitting(otherwise=[late])))["submit/sp12-unit-2023-06/1"] == date(2023, 6, 28)


def test_a_form_that_is_submitted_twice_is_submitted_in_turn() -> None:
    steps = plan(submitting(otherwise=[TWICE]))
    found = submissions(steps)
    assert (found["submit/sp12-unit-2023-06/1"], found["submit/sp12-unit-2023-06/2"]) == (date(2023, 6, 25), date(2023, 6, 30))
    second = next(step for step in steps if step.key == "submit/sp12-unit-2023-06/2")
    assert "submit/sp12-unit-2023-06/1" in second.needs


def test_units_submit_their_own_forms_and_the_office_the_provinces() -> None:
    steps = plan(submitting())
    sp12, snb2 = named(steps, "submit_sp12")[0], named(steps, "submit_snb2")[0]
    assert (sp12.by.role, sp12.by.of, sp12.body) == (
        "unit_clerk", "unit/unit", {"unit_id": Ref("unit/unit", "unit_id"), "month": "2023-06"},
    )  # fmt: skip
    assert (snb2.by.role, snb2.body) == ("province_officer", {"province": "21", "month": "2023-06"})


@pytest.mark.parametrize("name", NAMES)
def test_a_submission_comes_after_all_help_that_was_recorded_until_then_and_no_other(name: str) -> None:
    steps = planned(name)
    for submission in (step for step in steps if step.action.name.startswith("submit")):
        recorded = {step.key for step in steps if step.action in ON_FORMS and step.at <= submission.at}
        others = {key for key in submission.needs if not key.startswith(("submit/", "unit/"))}
        assert others == recorded


def test_chachoengsao_submits_every_form_of_five_months_one_late_and_one_twice() -> None:
    found = submissions(list(planned("chachoengsao-2564")))
    assert len(found) == 2 * 5 + 5 + 1
    sp12 = {key.removeprefix("submit/sp12-"): day for key, day in found.items() if "sp12" in key}
    assert {key: day for key, day in sp12.items() if day.day != 25} == {
        "wari-samankhun-2021-07/1": date(2021, 7, 28),
        "khlong-niyom-2021-06/2": date(2021, 6, 30),
    }
    assert [day.day for key, day in found.items() if "snb2" in key] == [5] * 5


@pytest.mark.parametrize(
    "otherwise",
    [
        {**TWICE, "month": "2023-09"},
        {**TWICE, "unit": "nowhere"},
        {"form": "snb2", "month": "2023-07", "on": [date(2023, 8, 5)]},
    ],
)
def test_an_exception_for_a_form_that_is_not_submitted_is_refused(otherwise: dict[str, Any]) -> None:
    with pytest.raises(StoryError, match="is not among the submitted forms"):
        plan(submitting(otherwise=[otherwise]))


@pytest.mark.parametrize(
    "changes",
    [{"unit": None}, {"form": "snb2"}, {"on": []}, {"on": [date(2023, 6, 30), date(2023, 6, 25)]}, {"month": "2023-13"}],
)
def test_an_exception_that_cannot_be_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"sp12 is of a unit|follow each other|at least 1 item|pattern"):
        plan(submitting(otherwise=[TWICE | changes]))


class Watching:
    """What reporting was asked to wait for before each submission: by key, all positions until then. `looks`: how often it was
    asked to wait for each, without doing anything."""

    def __init__(self) -> None:
        self._waited: set[str] = set()
        self.looks: Counter[str] = Counter()
        self.before: dict[str, set[str]] = {}

    def __call__(self, request: httpx.Request) -> httpx.Response | None:
        if request.url.host == "reporting.test":
            self._waited |= {request.headers.get("songtor-after", "")}
            self.looks.update([request.headers.get("songtor-after", "")] if request.method == "GET" else [])
            if request.method == "POST":
                self.before[request.headers["idempotency-key"]] = set(self._waited)
        return None


async def played(fake: FakeServices, story: Story) -> Performance:
    async with fake.client() as client:
        performance = Performance(story=story.name, province=story.province, services=Services(client, STACK))
        await performance.perform(plan(story), lambda step: None)
    return performance


async def test_reporting_has_heard_of_all_that_a_submission_freezes_before_it_is_submitted() -> None:
    story, watching = submitting(otherwise=[TWICE]), Watching()
    performance = await played(FakeServices(later=1, before=watching), story)
    steps = plan(story)
    assert len(watching.before) == 4
    for step in steps:
        if step.action.name.startswith("submit"):
            heard = {performance.answers[key].position for key in step.needs if not key.startswith("submit/")}
            assert heard <= watching.before[f"small/{step.key}"]
    assert set(watching.looks.values()) == {1}


async def test_every_submission_is_left_in_three_formats_and_a_live_form_as_json(tmp_path: Path) -> None:
    story, fake = submitting(otherwise=[TWICE]), FakeServices()
    performance = await played(fake, story)
    async with fake.client() as client:
        services = Services(client, STACK)
        paths = await file_reports(story, performance, services, {"funnel-2566": {"reported": 1}}, tmp_path / "small")
    submitted = ("sp12-unit-2023-06", "sp12-unit-2023-06-r2", "sp12-unit-2023-07", "snb2-21-2023-06")
    beside = ("snb1-21-2023-06", "doe-tipoffs-21-2023-06")
    expected = {f"{stem}.{suffix}" for stem in submitted + beside for suffix in ("pdf", "xlsx", "json")}
    assert {path.name for path in paths} == expected | {"funnel-2566.json", "snb2-21-2023-07-live.json"}
    unit_id = performance.answers["unit/unit"].body["unit_id"]
    assert (tmp_path / "small" / "sp12-unit-2023-06-r2.pdf").read_text() == (
        f"/reports/sp12.pdf unit_id={unit_id}&month=2023-06&view=submitted&revision=2"
    )
    assert (tmp_path / "small").stat().st_mode & 0o777 == 0o700


async def test_completeness_is_asked_for_the_months_of_the_submitted_forms() -> None:
    def answer(request: httpx.Request) -> httpx.Response | None:
        if request.url.path != "/completeness":
            return None
        assert request.url.params["province"] == "21"
        units = {"province": "21", "expected": 3, "submitted": 2, "on_time": 1, "missing": ["a"]}
        own = {"province": "21", "expected": 1, "submitted": 0, "on_time": 0, "missing": ["21"]}
        return httpx.Response(200, json={"sp12": {"by_province": [units]}, "snb2": {"by_province": [own]}})

    story, fake = submitting(), FakeServices(before=answer)
    async with fake.client() as client:
        services = Services(client, STACK)
        office = Performance(story=story.name, province=story.province, services=services).office
        found = await completeness(story, services, office)
    assert [one.month for one in found] == ["2023-06", "2023-07"]
    assert found[0] == MonthOfForms("2023-06", Counts(3, 2, 1, 1), Counts(1, 0, 0, 1))
    lines = table(found)
    assert lines[2].split() == ["2023-06", "3", "2", "1", "1", "1", "0", "0", "1"]
    assert len({len(line) for line in lines}) == 1


def test_without_submitted_forms_there_is_no_table() -> None:
    assert table(()) == []

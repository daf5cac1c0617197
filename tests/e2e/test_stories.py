"""The stories played into a running stack: the figures that reporting gives in the end are those that the story comes to, and
every form that was submitted is left as a file, as are survey sheets, cards and pay lists."""

import json
import zipfile
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

from deploy.local.player import Report, load, plan, play
from deploy.local.player.calling import Caller, Services, new_client
from deploy.local.player.complete import Counts
from deploy.local.player.expected import Funnel
from deploy.local.player.performing import Performance
from deploy.local.stack_file import as_json
from shared.buddhist_calendar import Month, sp12_period
from tests.stories.given import STORIES
from tests.support.local_stack import LocalStack


async def played(stack: LocalStack, name: str) -> Report:
    return await play(STORIES / f"{name}.toml", as_json(stack.file))


MONTHS = tuple(Month(2021, number) for number in range(5, 10))


def forms(report: Report) -> dict[str, Any]:
    """What was written down as JSON, by name, without the moment at which it was asked."""
    found = {path.stem: json.loads(path.read_bytes()) for path in report.files if path.suffix == ".json"}
    return {name: {field: value for field, value in form.items() if field != "as_of"} for name, form in found.items()}


def left(report: Report) -> dict[str, bytes]:
    """All files but of live forms, in which it says when they were asked for."""
    return {path.name: path.read_bytes() for path in report.files if not path.stem.endswith("-live")}


def stems(report: Report, suffix: str) -> set[str]:
    return {path.stem for path in report.files if path.suffix == suffix}


def check_files(report: Report) -> None:
    """Every PDF is one, every XLSX is a whole archive, and what is there as one is there as the other: all but survey sheets, and
    cards."""
    for path in report.files:
        if path.suffix == ".pdf":
            assert path.read_bytes().startswith(b"%PDF-")
        elif path.suffix == ".xlsx":
            with zipfile.ZipFile(path) as archive:
                assert archive.testzip() is None
                assert "xl/workbook.xml" in archive.namelist()
    assert papers(report) == stems(report, ".xlsx") - sheets(report) <= stems(report, ".json")


def sheets(report: Report) -> set[str]:
    return {stem for stem in stems(report, ".xlsx") if "-sheet" in stem}


def papers(report: Report) -> set[str]:
    return {stem for stem in stems(report, ".pdf") if not stem.startswith("cards-")}


def marks(report: Report, name: str) -> Counter[str]:
    """How often an answered sheet says what of its rows."""
    path = next(path for path in report.files if path.name == name)
    return Counter(
        str(row[-1]).partition(":")[0] for row in CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()[1:]
    )


async def test_the_short_story_comes_to_its_figures_and_playing_it_again_changes_nothing(stack: LocalStack) -> None:
    first = await played(stack, "short")
    assert first.funnel == Funnel(volunteers=10, reported=60, screened=60, eligible=18, referred=18, helped=5)
    assert "10 → 60 → 18 → 5" in str(first)
    assert "10 × 600 = 6,000 baht/month" in str(first)
    # Five by referral, four by the unit itself, two at the mobile unit; the tip-off named nobody.
    assert first.assistances == 11
    check_files(first)
    assert stems(first, ".pdf") == {"sp12-unit-2023-06", "pay-list-27-2023-06", "cards-27"}
    assert "20 rows, 16 taken in, 4 with mistakes; sent again: 4 taken in, 16 known already" in str(first)
    wrong = {"เลขประจำตัวประชาชน": 1, "ยินยอมให้ใช้ข้อมูล": 1, "รหัสตำบล": 1, "รหัสอาสาสมัคร": 1}
    assert marks(first, "survey-sheet-answer.xlsx") == {"": 16, **wrong}
    assert marks(first, "survey-sheet-again-answer.xlsx") == {"": 20}
    assert "9 in its committee, 1 mentors, 1 activities" in str(first)
    assert "26 served, 2 of them helped by name" in str(first)
    assert [(one.month, one.sp12) for one in first.complete] == [("2023-06", Counts(1, 1, 1, 0))]
    form = forms(first)["sp12-unit-2023-06"]
    assert (form["view"], form["revision"], form["on_time"], len(form["rows"])) == ("submitted", 1, True, 2)
    again = await played(stack, "short")
    assert again.fresh == 0
    assert (again.funnel, again.allowances, again.assistances) == (first.funnel, first.allowances, first.assistances)
    assert (left(again), forms(again), again.complete) == (left(first), forms(first), first.complete)
    assert again.sheets == first.sheets


def elsewhere(directory: Path) -> Path:
    """The short story under another name, with other people in another province."""
    text = (STORIES / "short.toml").read_text()
    # Of province, districts and sub-districts, and of the people's office.
    for mine, others in (('"27', '"25'), ('"9727"', '"9725"')):
        assert mine in text
        text = text.replace(mine, others)
    path = directory / "elsewhere.toml"
    path.write_text(text)
    return path


async def test_a_story_that_was_interrupted_is_gone_on_with_and_nothing_is_played_twice(
    stack: LocalStack, tmp_path: Path
) -> None:
    path = elsewhere(tmp_path)
    story = load(path)
    steps = plan(story)
    async with new_client() as client:
        services = Services(client, as_json(stack.file))
        interrupted = Performance(story=story.name, province=story.province, services=services)
        await interrupted.perform(steps[: len(steps) // 2], lambda step: None)
    report = await play(path, as_json(stack.file))
    assert report.fresh == sum(step.action.write for step in steps[len(steps) // 2 :])
    assert report.funnel == Funnel(volunteers=10, reported=60, screened=60, eligible=18, referred=18, helped=5)


@pytest.mark.slow
@pytest.mark.timeout(900)
async def test_chonburis_year_comes_to_92_2760_828_and_248(stack: LocalStack) -> None:
    report = await played(stack, "chonburi-2555")
    assert report.funnel == Funnel(volunteers=92, reported=2760, screened=2760, eligible=828, referred=828, helped=248)
    assert "92 → 2,760 → 828 → 248" in str(report)
    assert "92 × 600 = 55,200 baht/month" in str(report)
    funnel = forms(report)["funnel-2555"]
    assert [funnel[f"target_{what}"] for what in ("reported", "referred", "helped")] == [2760, 828, 248]
    assert "2,760 rows, 2,748 taken in, 12 with mistakes; sent again: 12 taken in, 2,748 known already" in str(report)
    assert sum(marks(report, "year-sheet-answer.xlsx").values()) == 2760
    assert marks(report, "year-sheet-answer.xlsx")[""] == 2748


@pytest.fixture(scope="session")
async def chachoengsao(stack_of_run: LocalStack) -> Report:
    """Played once: what it comes to when it is played again has a test of its own."""
    return await played(stack_of_run, "chachoengsao-2564")


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_chachoengsaos_forms_hold_each_help_in_its_own_month_and_no_void_one(chachoengsao: Report) -> None:
    report = chachoengsao
    found = forms(report)
    assert report.as_planned
    assert "93 × 600 = 55,800 baht/month" in str(report)
    for month in MONTHS:
        for unit in ("khlong-niyom", "wari-samankhun"):
            first, last = map(str, sp12_period(month))
            days = [row["service_date"] for row in found[f"sp12-{unit}-{month}"]["rows"]]
            assert (min(days) >= first, max(days)) == (True, last)
        days = [row["service_date"] for row in found[f"snb2-24-{month}"]["rows"]]
        assert {day[:7] for day in days} == {str(month)}
        assert max(days) == str(month.last_day)
    corrected = next(
        row for row in found["sp12-khlong-niyom-2021-06-r2"]["rows"] if row["recorded_at"].startswith("2021-06-26T02:20")
    )
    assert (corrected["service_date"], corrected["assistance_type"]) == ("2021-06-25", "develop")
    voided = [row for row in found["snb2-24-2021-07"]["rows"] if row["recorded_at"].startswith("2021-07-26T02:20")]
    assert voided == []


@pytest.mark.slow
@pytest.mark.timeout(900)
async def test_chachoengsaos_forms_are_submitted_one_late_and_one_twice_and_left_as_files(
    stack: LocalStack, chachoengsao: Report
) -> None:
    report = chachoengsao
    check_files(report)
    sp12 = {f"sp12-{unit}-{month}" for unit in ("khlong-niyom", "wari-samankhun") for month in MONTHS}
    submitted = sp12 | {f"snb2-24-{month}" for month in MONTHS} | {"sp12-khlong-niyom-2021-06-r2"}
    beside = {f"snb1-24-{month}" for month in MONTHS} | {"doe-tipoffs-24-2021-06", "doe-tipoffs-24-2021-07"}
    assert papers(report) == submitted | beside | {"pay-list-24-2021-09"}
    found = {name: form for name, form in forms(report).items() if name in submitted}
    assert {name for name, form in found.items() if form["on_time"] is not True} == {"sp12-wari-samankhun-2021-07"}
    assert {name for name, form in found.items() if form["revision"] != 1} == {"sp12-khlong-niyom-2021-06-r2"}
    assert [(one.month, one.sp12, one.snb2) for one in report.complete] == [
        (str(month), Counts(2, 2, 1 if month.month == 7 else 2, 0), Counts(1, 1, 1, 0)) for month in MONTHS
    ]
    again = await played(stack, "chachoengsao-2564")
    assert (again.fresh, left(again), again.complete) == (0, left(report), report.complete)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_chachoengsao_has_its_centre_mentors_activities_cards_and_a_mobile_unit_under_whose_name_help_stands(
    chachoengsao: Report,
) -> None:
    report = chachoengsao
    assert "centre by order ๒๙๒/๒๕๖๔: 19 in its committee, 3 mentors, 2 activities" in str(report)
    assert "54 served, 6 of them helped by name" in str(report)
    found = forms(report)
    network = found["network-2564"]
    assert (network["centre"]["established_on"], network["mentors"]["volunteers_without_any"]) == ("2021-01-29", 0)
    assert (network["cards"]["handed_over"], network["mobile_units"]["people_served"]) == (20, 54)
    assert stems(report, ".pdf") - papers(report) == {"cards-24"}
    there = [row for row in found["snb2-24-2021-08"]["rows"] if row["project_name"] == "หน่วยบริการเคลื่อนที่กระทรวงแรงงานพบประชาชน"]
    assert [row["service_date"] for row in there] == ["2021-08-20"] * 6
    assert found["sp12-khlong-niyom-2021-08"]["centre"]["centre_id"] == network["centre"]["centre_id"]


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_what_chachoengsaos_revised_form_gained_is_late_and_its_first_submission_stays(chachoengsao: Report) -> None:
    found = forms(chachoengsao)
    first, second = (found[f"sp12-khlong-niyom-2021-06{suffix}"] for suffix in ("", "-r2"))
    late = [row for row in second["rows"] if row["late"]]
    assert [(row["service_date"], row["recorded_at"]) for row in late] == [("2021-06-25", "2021-06-26T02:20:00.000000Z")]
    assert [row["assistance_id"] for row in second["rows"] if not row["late"]] == [row["assistance_id"] for row in first["rows"]]
    assert first["first_submitted_at"] == second["first_submitted_at"] == "2021-06-25T09:30:00.000000Z"
    assert (first["on_time"], second["on_time"]) == (True, True)


@pytest.mark.slow
@pytest.mark.timeout(900)
async def test_chachoengsaos_submissions_hold_all_that_was_recorded_until_then(stack: LocalStack, chachoengsao: Report) -> None:
    report = chachoengsao
    submitted = [
        json.loads(path.read_bytes())
        for path in report.files
        if path.name.startswith(("sp12-", "snb2-")) and path.suffix == ".json"
    ]
    assert len(submitted) == 16
    async with new_client() as client:
        office = Caller("province_officer", "office-24", "24")
        for form in submitted:
            place = {"unit_id": form["unit_id"]} if form["form"] == "sp12" else {"province": "24"}
            params = {**place, "month": form["period"], "view": "asof", "at": form["as_of"]}
            shown = await Services(client, as_json(stack.file)).get(
                "reporting", f"/reports/{form['form']}", params, caller=office
            )
            assert (shown["hash"], shown["revision"]) == (form["hash"], form["revision"])

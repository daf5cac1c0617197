"""Needs that come in as one survey sheet: the same story with fewer requests, a file that is the same every time, and mistakes in
the rows that are said to have them."""

import io
from collections import Counter
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from deploy.local.player import Story, StoryError, plan
from deploy.local.player.expected import Funnel, expected
from deploy.local.player.steps import FOUND, Row, Step
from deploy.local.player.survey_sheet import FIRST_ROW, MISTAKES, survey_sheet
from services.intake.imports.columns import COLUMNS
from shared.buddhist_calendar import bangkok_day
from shared.citizen_id import is_valid, normalise
from shared.places import is_subdistrict
from shared.sheets.reading import read_sheet
from tests.stories.given import draw, named, planned, small

SHEET = {"sheet": date(2023, 6, 21), "mistakes": 4}
HEADINGS = ("วันที่แจ้ง", "เลขบัตรอาสาสมัคร", "เลขประจำตัวประชาชน")
VOLUNTEER = "21-2566-7F3KQ9"


def sheet_story(**changes: Any) -> Story:
    return small(draws=[draw(each=10, eligible=8, helped=3, **SHEET | changes)])


def filled(value: Any) -> Any:
    """Rows as they are sent: with a volunteer in each gap."""
    return [row | {"volunteer_id": VOLUNTEER} for row in value]


def as_sent(step: Step) -> bytes:
    return survey_sheet(filled(step.body["rows"]), seed=step.body["seed"], mistakes=step.body["mistakes"])


@cache
def sheet(name: str, number: int) -> bytes:
    """Of a story, as sent the first or the second time."""
    return as_sent(named(planned(name), "import")[number])


def cells(content: bytes) -> list[list[Any]]:
    return CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()


def columns(content: bytes) -> dict[str, list[str]]:
    headings, *rows = cells(content)
    return {heading: [str(row[column]) for row in rows] for column, heading in enumerate(headings)}


def test_a_sheet_is_sent_once_with_its_mistakes_and_once_without_and_its_needs_are_found_in_the_second_answer() -> None:
    steps = plan(sheet_story())
    first, second = named(steps, "import")
    needs = named(steps, "found")
    assert (len(first.body["mistakes"]), second.body["mistakes"]) == (4, {})
    assert first.body["rows"] == second.body["rows"] == [need.body for need in needs]
    assert first.key in second.needs
    assert [need.target for need in needs] == [Row(second.key, FIRST_ROW + row) for row in range(20)]
    assert {bangkok_day(step.at) for step in [first, second, *needs]} == {date(2023, 6, 21)}


def test_a_sheet_without_mistakes_is_sent_once() -> None:
    steps = plan(sheet_story(mistakes=0))
    only = named(steps, "import")
    assert len(only) == 1
    assert {need.needs >= {only[0].key} for need in named(steps, "found")} == {True}


def test_each_need_keeps_its_own_day_and_is_decided_after_the_sheet() -> None:
    steps = plan(sheet_story())
    days = {need.body["reported_at"] for need in named(steps, "found")}
    assert len(days) > 5
    assert max(days) <= "2023-06-20"
    assert all(step.at > named(steps, "import")[1].at for step in named(steps, "decide"))


@given(each=st.integers(1, 12), share=st.floats(0, 1), mistakes=st.integers(0, 2), seed=st.integers(0, 2**32))
def test_a_story_comes_to_the_same_by_sheet_as_by_single_needs(each: int, share: float, mistakes: int, seed: int) -> None:
    fields = draw(each=each, eligible=(eligible := int(each * 2 * share)), helped=eligible // 2)
    singly, by_sheet = (
        plan(small(draws=[fields | sheet], seed=seed)) for sheet in ({}, {"sheet": date(2023, 6, 21), "mistakes": mistakes})
    )
    assert expected(singly) == expected(by_sheet) == Funnel(2, each * 2, each * 2, eligible, eligible, eligible // 2)
    assert sorted(map(told, named(singly, "report"))) == sorted(map(told, named(by_sheet, "found")))


def told(step: Step) -> str:
    """But for how the volunteer is named, and that on a sheet the day is told."""
    need = {name: value for name, value in step.body.items() if name != "reported_at"}
    return str(need | {"volunteer_id": need["volunteer_id"].step})


@pytest.mark.parametrize(
    "changes",
    [{"sheet": date(2023, 6, 20)}, {"sheet": None, "mistakes": 1}, {"mistakes": -1}],
)
def test_a_sheet_that_cannot_be_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"sent when all is collected|those of a sheet|greater than or equal"):
        sheet_story(**changes)


def test_more_mistakes_than_rows_are_refused() -> None:
    with pytest.raises(StoryError, match="21 mistakes in 20 rows"):
        plan(sheet_story(mistakes=21))


@pytest.mark.parametrize("name", ["chonburi-2555", "short"])
def test_a_sheet_is_the_same_file_every_time(name: str) -> None:
    assert as_sent(named(planned(name), "import")[1]) == sheet(name, 1)


def test_chonburis_sheet_has_2760_rows_and_a_dozen_that_differ_from_the_corrected_one() -> None:
    first, second = (cells(sheet("chonburi-2555", number)) for number in (0, 1))
    assert len(first) == len(second) == 1 + 2760
    assert tuple(first[0][:3]) == HEADINGS
    wrong = [number for number, (one, other) in enumerate(zip(first, second, strict=True)) if one != other]
    assert [number - 1 for number in wrong] == [int(row) for row in named(planned("chonburi-2555"), "import")[0].body["mistakes"]]
    assert len(wrong) == 12


def test_every_mistake_is_what_it_is_called() -> None:
    step = named(planned("short"), "import")[0]
    mistakes = {kind: int(row) for row, kind in step.body["mistakes"].items()}
    assert set(mistakes) == set(MISTAKES)
    wrong = columns(sheet("short", 0))
    assert not is_valid(wrong["เลขประจำตัวประชาชน"][mistakes["check_digit"]].removesuffix(".0"))
    assert wrong["ยินยอมให้ใช้ข้อมูล"][mistakes["no_consent"]] == ""
    assert not is_subdistrict(wrong["รหัสตำบล"][mistakes["unknown_place"]].removesuffix(".0"))
    volunteers = wrong["เลขบัตรอาสาสมัคร"]
    assert [row for row, volunteer in enumerate(volunteers) if volunteer != VOLUNTEER] == [mistakes["unknown_volunteer"]]


def test_cells_are_written_as_people_write_them() -> None:
    """In Thai and Arabic digits, with dashes, as numbers, with a space behind; days in both eras, as text and as days."""
    rows = cells(sheet("chonburi-2555", 1))[1:]
    days, numbers = [row[0] for row in rows], [row[2] for row in rows]
    assert {type(number) for number in numbers} == {str, float}
    texts = [number for number in numbers if isinstance(number, str)]
    assert all(is_valid(number) for number in texts)
    assert any("-" in number for number in texts)
    assert any(number.endswith(" ") for number in texts)
    assert any(not number.isascii() for number in texts)
    assert {day.year for day in days if isinstance(day, date)} == {2011, 2012, 2554, 2555}
    assert any(isinstance(day, str) and normalise(day).endswith(("2554", "2555")) for day in days)


@pytest.mark.parametrize("name", ["chonburi-2555", "short"])
async def test_a_corrected_sheet_is_read_as_the_needs_that_were_meant(name: str, tmp_path: Path) -> None:
    step = named(planned(name), "import")[1]
    path = tmp_path / "survey.xlsx"
    path.write_bytes(sheet(name, 1))
    with await read_sheet(path, COLUMNS) as read:
        found = [dict(row.values) for row in read.rows()]
    assert [meant(row) for row in filled(step.body["rows"])] == [
        row | {"reported_at": str(row["reported_at"])[:10]} for row in found
    ]


def meant(need: dict[str, Any]) -> dict[str, Any]:
    """Field by field, as a row has them; that an ID is a Thai one goes without saying."""
    fields = {name: value for name, value in need.items() if name != "citizen"} | need["citizen"]
    return {name: value for name, value in fields.items() if name != "id_kind"}


def test_chonburi_has_three_of_each_mistake() -> None:
    assert Counter(named(planned("chonburi-2555"), "import")[0].body["mistakes"].values()) == dict.fromkeys(MISTAKES, 3)


def test_what_is_found_in_an_answer_is_no_request() -> None:
    assert (FOUND.write, FOUND.path) == (False, "")

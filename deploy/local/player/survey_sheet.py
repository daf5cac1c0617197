"""A survey sheet (แบบสำรวจ) as an office types it: an XLSX file with Thai headings, in which IDs, days and words stand as people
write them. Mistakes that nobody can forgive are put in where they are asked for. The same rows give the same bytes."""

import tomllib
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from functools import cache
from io import BytesIO
from pathlib import Path
from random import Random
from typing import Any, Literal, get_args

import xlsxwriter

from shared.buddhist_calendar import ERA

FIRST_ROW = 2
"""The first row below the headings."""
Mistake = Literal["check_digit", "no_consent", "unknown_place", "unknown_volunteer"]
MISTAKES: tuple[Mistake, ...] = get_args(Mistake)
_WORDS = Path(__file__).with_name("sheet_words.toml")
_CREATED = datetime(2000, 1, 1, tzinfo=UTC)
_THAI_DIGITS = str.maketrans("0123456789", "๐๑๒๓๔๕๖๗๘๙")
_WAYS = {"plain": 5, "thai": 1, "other": 2, "trailing": 1}
"""How often a cell is written in which way; what each means depends on the cell."""

Cell = str | int | date | None


def survey_sheet(rows: Sequence[Mapping[str, Any]], *, seed: str, mistakes: Mapping[str, str]) -> bytes:
    """`rows`: bodies of needs. `mistakes`: by the row's number from 0. `seed`: of the ways in which cells are written, which a
    mistake does not change."""
    out, headings = BytesIO(), _words()["headings"]
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        book.set_properties({"created": _CREATED})
        day = book.add_format({"num_format": "d/m/yyyy"})
        sheet = book.add_worksheet(_words()["sheet"])
        sheet.write_row(0, 0, list(headings.values()))
        for number, row in enumerate(rows):
            cells = _cells(Random(f"{seed}/{number}"), row, mistakes.get(str(number)))
            for column, name in enumerate(headings):
                _write(sheet, number + 1, column, cells.get(name), day)
    return out.getvalue()


def _write(sheet: Any, row: int, column: int, cell: Cell, day: Any) -> None:
    if isinstance(cell, date):
        sheet.write_datetime(row, column, cell, day)
    elif isinstance(cell, int):
        sheet.write_number(row, column, cell)
    elif cell is not None:
        sheet.write_string(row, column, cell)


def _cells(rng: Random, need: Mapping[str, Any], mistake: str | None) -> dict[str, Cell]:
    """By field. A mistake is written as what is right would have been."""
    given = _with(mistake, {**need, **need["citizen"]})
    return {
        "volunteer_id": given["volunteer_id"],
        "kind": _word(rng, "kinds", given["kind"]),
        "area_code": rng.choice((given["area_code"], int(given["area_code"]))),
        "village_no": _whole(rng, given["village_no"]),
        "reported_at": _day(rng, date.fromisoformat(given["reported_at"])),
        "citizen_id": _citizen_id(rng, given["citizen_id"]),
        "title": given["title"],
        "first_name": _text(rng, given["first_name"]),
        "last_name": _text(rng, given["last_name"]),
        "birth_year": given["birth_year"] + rng.choice((0, ERA)),
        "worker_type": _word(rng, "worker_types", given["worker_type"]),
        "consent": rng.choice(_words()["yes"]) if given["consent"] else None,
        "detail": given.get("detail"),
    }


def _with(mistake: str | None, given: dict[str, Any]) -> dict[str, Any]:
    number, volunteer = given["citizen_id"], str(given["volunteer_id"])
    if mistake == "check_digit":
        return given | {"citizen_id": number[:-1] + str((int(number[-1]) + 1) % 10)}
    if mistake == "no_consent":
        return given | {"consent": False}
    if mistake == "unknown_place":
        return given | {"area_code": given["area_code"][:4] + "99"}
    if mistake == "unknown_volunteer":
        return given | {"volunteer_id": volunteer[:-1] + ("0" if volunteer[-1] != "0" else "1")}
    return given


def _citizen_id(rng: Random, number: str) -> Cell:
    dashed = "-".join((number[0], number[1:5], number[5:10], number[10:12], number[12]))
    ways: dict[str, Cell] = {
        "plain": number,
        "thai": dashed.translate(_THAI_DIGITS),
        "other": rng.choice((dashed, int(number))),
        "trailing": f"{number} ",
    }
    return ways[_way(rng)]


def _day(rng: Random, day: date) -> Cell:
    buddhist = f"{day.day}/{day.month}/{day.year + ERA}"
    ways: dict[str, Cell] = {
        "plain": buddhist,
        "thai": buddhist.translate(_THAI_DIGITS),
        # The 29th of February is in no Buddhist leap year of a spreadsheet: it stays as it is.
        "other": rng.choice((day, day if (day.month, day.day) == (2, 29) else day.replace(year=day.year + ERA))),
        "trailing": day.isoformat(),
    }
    return ways[_way(rng)]


def _whole(rng: Random, number: int) -> Cell:
    ways: dict[str, Cell] = {
        "plain": number,
        "thai": str(number).translate(_THAI_DIGITS),
        "other": str(number),
        "trailing": f"{number} ",
    }
    return ways[_way(rng)]


def _text(rng: Random, text: str) -> str:
    return {"trailing": f"{text}  ", "thai": f"\u00a0{text}"}.get(_way(rng), text)


def _word(rng: Random, which: str, code: str) -> str:
    return str(rng.choice((code, *[_words()[which][code]] * 3)))


def _way(rng: Random) -> str:
    return rng.choices(list(_WAYS), list(_WAYS.values()))[0]


@cache
def _words() -> dict[str, Any]:
    return tomllib.loads(_WORDS.read_text(encoding="utf-8"))

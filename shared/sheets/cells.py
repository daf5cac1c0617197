"""What one cell of a sheet means in its column: the value that a JSON body would have there. It refuses nothing: what cannot be
read stays text, and the service's own check says no."""

import re
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from functools import lru_cache

from shared.citizen_id import is_valid, normalise
from shared.sheets.columns import Column, Kind
from shared.sheets.days import arabic, day_in, moment_in, of_common_era, year_of
from shared.sheets.headings import plain

Cell = str | int | float | bool | date | datetime | time | timedelta | None
Value = str | int | bool
Read = Callable[[Cell], Value | None]

_ID_LENGTH = 13
_BLANK = " \t\r\n\v\f\u00a0\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"
_NOTHING = frozenset({"", "-", "–", "—"})
"""A dash is how a form is left empty by hand."""
_YES = frozenset({"true", "yes", "y", "1", "ใช่", "มี", "ยินยอม", "ให้ความยินยอม"})
_NO = frozenset({"false", "no", "n", "0", "ไม่ใช่", "ไม่", "ไม่มี", "ไม่ยินยอม"})
_TICKS = frozenset("✓✔√☑/")
_CACHED = 4096


def reader(column: Column) -> Read:
    """How the cells of this column are read: None for an empty one."""
    of = _code(_by_word(column)) if column.kind is Kind.CODE else _OF_TEXT[column.kind]
    number = _OF_NUMBER.get(column.kind)

    def read(cell: Cell) -> Value | None:
        if type(cell) is str:
            text = cell.strip(_BLANK)
            return None if text in _NOTHING else of(text)
        if cell is None:
            return None
        if type(cell) is bool:
            return cell if column.kind is Kind.YES_NO else of(shown(cell))
        if isinstance(cell, date):
            return _OF_DATE.get(column.kind, shown)(cell)
        if number is not None and isinstance(cell, int | float) and cell == cell // 1:
            return number(int(cell))
        return of(shown(cell))

    return read


def shown(cell: Cell) -> str:
    """A cell as text, such as would be read the same."""
    match cell:
        case None:
            return ""
        case bool():
            return "TRUE" if cell else "FALSE"
        case float() if cell.is_integer():
            return str(int(cell))
        case datetime() if cell.time() == time():
            return cell.date().isoformat()
        case datetime():
            return cell.isoformat(" ", "seconds")
        case date() | time():
            return cell.isoformat()
        case _:
            return str(cell)


def is_empty(cell: Cell) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip(_BLANK))


def _by_word(column: Column) -> dict[str, str]:
    words = (
        {word: code for code, word in column.choices.items()} | dict(column.synonyms) | {code: code for code in column.choices}
    )
    return {plain(word): code for word, code in words.items()}


def _code(by_word: dict[str, str]) -> Callable[[str], Value]:
    @lru_cache(_CACHED)
    def of(text: str) -> str:
        return by_word.get(plain(text), text)

    return of


def _citizen_id(text: str) -> str:
    digits = normalise(text)
    return digits if re.fullmatch(r"[0-9]{13}", digits) else text


def _lost_zeros(number: int) -> str:
    """Of an ID that was kept as a number, unless it is none with them either."""
    digits = str(number)
    whole = digits.zfill(_ID_LENGTH)
    return whole if is_valid(whole) else digits


@lru_cache(_CACHED)
def _area(text: str) -> str:
    """Only where no other digits follow: `2404 02` is no district."""
    code = re.fullmatch(r"([0-9]+)[^0-9]*", arabic(text))
    return code[1] if code else text


def _phone_number(number: int) -> str:
    """A landline's or a mobile's, without its first zero."""
    return f"0{number}" if len(str(number)) in (8, 9) else str(number)


@lru_cache(_CACHED)
def _whole(text: str) -> Value:
    number = re.fullmatch(r"(?:หมู่ที่|หมู่|ม\.)?\s*([0-9]{1,9})(?:\.0+)?", arabic(text))
    return int(number[1]) if number else text


@lru_cache(_CACHED)
def _year(text: str) -> Value:
    number = re.fullmatch(r"(?:พ\.?ศ\.?|ค\.?ศ\.?)?\s*([0-9]{1,9})", arabic(text))
    if number:
        return year_of(int(number[1]))
    day = day_in(text)
    return day.year if day else text


@lru_cache(_CACHED)
def _day(text: str) -> str:
    day = day_in(text)
    return day.isoformat() if day else text


@lru_cache(_CACHED)
def _moment(text: str) -> str:
    return moment_in(text) or text


@lru_cache(_CACHED)
def _yes_no(text: str) -> Value:
    word = plain(text)
    if word in _YES or text in _TICKS:
        return True
    return False if word in _NO else text


def _as_day(cell: date) -> str:
    day = of_common_era(cell)
    return shown(cell) if day is None else day.isoformat()


def _as_moment(cell: date) -> str:
    return _moment(shown(cell))


def _as_year(cell: date) -> int:
    return year_of(cell.year)


def _text(text: str) -> str:
    return text


_OF_TEXT: dict[Kind, Callable[[str], Value]] = {
    Kind.TEXT: _text,
    Kind.CITIZEN_ID: _citizen_id,
    Kind.AREA: _area,
    Kind.PHONE: arabic,
    Kind.DAY: _day,
    Kind.MOMENT: _moment,
    Kind.WHOLE: _whole,
    Kind.YEAR: _year,
    Kind.YES_NO: _yes_no,
}
_OF_NUMBER: dict[Kind, Callable[[int], Value]] = {
    Kind.CITIZEN_ID: _lost_zeros,
    Kind.PHONE: _phone_number,
    Kind.WHOLE: int,
    Kind.YEAR: year_of,
}
_OF_DATE: dict[Kind, Callable[[date], Value]] = {Kind.DAY: _as_day, Kind.MOMENT: _as_moment, Kind.YEAR: _as_year}

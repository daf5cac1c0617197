"""What is said beside a row that is given back: what was wrong with it, and where a day may have been meant otherwise. A day is
always read as day/month/year; nothing here changes what becomes of a row."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from shared.buddhist_calendar import thai_date
from shared.sheets.cells import Cell
from shared.sheets.columns import Columns, Kind
from shared.sheets.days import Order, day_in, order_of
from shared.sheets.headings import recognised
from shared.sheets.parsing import Parsed
from shared.sheets.words import MONTH_FIRST, READ_AS, sentence, under

_DAYS = (Kind.DAY, Kind.MOMENT)
_UNREAD = "invalid"


class Remarks:
    """`rows`: of the whole table, in which is looked for days that can only be month/day/year."""

    def __init__(self, columns: Columns, headings: Sequence[str], rows: Iterable[Parsed]) -> None:
        self._columns = columns
        found = recognised(columns, headings)
        self._days = {column.name: at for at, column in enumerate(found) if column is not None and column.kind in _DAYS}
        self._mixed: set[str] = set()
        for row in rows if self._days else ():
            self._mixed |= {name for name in self._days if self._order(row.cells, name) is Order.MONTH_FIRST}

    def on(self, cells: Sequence[Cell], result: Mapping[str, Any]) -> str:
        """`result`: of the row, as a JSON object."""
        column, code = result["column"], result["code"]
        if code == _UNREAD and column in self._mixed and self._order(cells, column) is Order.MONTH_FIRST:
            return under(self._columns, column, MONTH_FIRST)
        if code:
            return sentence(self._columns, column, code)
        return " ".join(self._read_as(cells, name) for name in self._days if name in self._mixed).strip()

    def _read_as(self, cells: Sequence[Cell], name: str) -> str:
        """Nothing of a day that cannot be another."""
        day = day_in(self._text(cells, name)) if self._order(cells, name) is Order.EITHER else None
        return "" if day is None else under(self._columns, name, READ_AS.format(day=thai_date(day)))

    def _order(self, cells: Sequence[Cell], name: str) -> Order:
        return order_of(self._text(cells, name))

    def _text(self, cells: Sequence[Cell], name: str) -> str:
        at = self._days[name]
        cell = cells[at] if at < len(cells) else None
        return cell.strip() if isinstance(cell, str) else ""

"""What becomes of the rows of an import, one by one and counted."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

import orjson

from shared.sheets.reading import Row

Result = Literal["accepted", "matched", "refused"]


@dataclass(frozen=True, slots=True)
class RowResult:
    """`row` as the sheet counts: mostly 1 is the headings. `id`: of what the row became, or of what was there before; None where
    it was refused, where nothing is stored (a dry run), or where the caller may not see it. `column` and `code`: the first thing
    wrong."""

    row: int
    result: Result
    id: UUID | None = None
    column: str | None = None
    code: str | None = None

    def told(self, id_name: str) -> dict[str, Any]:
        """As it is answered: what is not said is left out."""
        found: dict[str, Any] = {"row": self.row, "result": self.result}
        if self.result == "refused":
            found |= {"column": self.column, "code": self.code}
        if self.id is not None:
            found[id_name] = self.id
        return found


def refused(row: Row, column: str | None, code: str) -> RowResult:
    return RowResult(row.number, "refused", column=column, code=code)


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a chunk: a result for each of its rows, in any order. `position`: of the last that was stored, as
    `Songtor-Position` names it."""

    results: tuple[RowResult, ...]
    position: str | None = None


@dataclass(frozen=True, slots=True)
class Counts:
    accepted: int = 0
    matched: int = 0
    refused: int = 0

    @classmethod
    def of(cls, results: Iterable[RowResult]) -> "Counts":
        found = {"accepted": 0, "matched": 0, "refused": 0}
        for one in results:
            found[one.result] += 1
        return cls(**found)

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(self.accepted + other.accepted, self.matched + other.matched, self.refused + other.refused)


def as_json(results: Iterable[RowResult], id_name: str) -> str:
    """An array, in the order of the rows."""
    ordered = sorted(results, key=lambda one: one.row)
    return orjson.dumps([one.told(id_name) for one in ordered]).decode()

"""What a report looks like on paper, for XLSX and PDF alike: title, tables, notes, signatures, all in words that are ready to be
set. How it is drawn is in `sheet.py` and `print.py`, what one form says in its own module. What is no report, as a card, brings
a template of its own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

TICK = "✓"
NOTHING = "-"
MADE_AT = datetime(2021, 1, 1, tzinfo=UTC)
"""Where a format wants to know when a file was made: always then, so that the same content gives the same bytes."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table. `heading` may have line ends where it had best be parted. `under`: a heading that it shares with its
    neighbours of the same `under`. `kind`: each part of a `name` is kept together on a line, `digits` are never broken and never
    read as a number, `tick` is TICK or nothing."""

    heading: str
    width_mm: float
    align: Literal["left", "center", "right"] = "left"
    under: str | None = None
    kind: Literal["text", "name", "digits", "tick"] = "text"


@dataclass(frozen=True, slots=True)
class Section:
    """One table; every row has a text for each column. The widths together are to fill the page: 180 mm upright, 267 mm across
    (a PDF stretches them to that)."""

    columns: tuple[Column, ...]
    rows: Sequence[Sequence[str]]
    heading: str | None = None

    @property
    def shown(self) -> Sequence[Sequence[str]]:
        """The rows, or one that says that there are none."""
        return self.rows or [[NOTHING if column.kind != "tick" else "" for column in self.columns]]


@dataclass(frozen=True, slots=True)
class Paper:
    """One report. `corner` stands at the upper right, `title` is centred line by line, `revised` under it; `signed`: it has the
    lines for the signature, of `signer`."""

    corner: str
    title: tuple[str, ...]
    sections: tuple[Section, ...]
    notes: tuple[str, ...] = ()
    revised: str | None = None
    signed: bool = False
    signer: str = "ผู้รายงาน"
    landscape: bool = False

    @property
    def rows(self) -> int:
        return sum(len(section.rows) for section in self.sections)


@dataclass(frozen=True, slots=True)
class Typeset:
    """A PDF by a template of its own. `template`: a package, and below it the path of a typst file, which finds `data` as JSON
    in `sys.inputs.data`."""

    template: tuple[str, str]
    data: Mapping[str, Any]

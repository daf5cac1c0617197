"""JSON and CSV: a report's content as it is, for programs and spreadsheets."""

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

BOM = "\N{ZERO WIDTH NO-BREAK SPACE}"
"""Without it Excel takes UTF-8 for the code page of the machine."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def as_json(content: Mapping[str, Any]) -> bytes:
    return orjson.dumps(content)


def as_csv(headings: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> bytes:
    """UTF-8 with BOM, lines ended by CRLF (RFC 4180). `headings` are the names of the fields; a missing or null one is empty,
    true and false are written as in JSON."""
    text = io.StringIO()
    text.write(BOM)
    writer = csv.writer(text)
    writer.writerow(headings)
    for row in rows:
        writer.writerow([_cell(row.get(heading)) for heading in headings])
    return text.getvalue().encode()


def _cell(value: Any) -> str:
    """Text that a spreadsheet would run as a formula gets an apostrophe in front. Numbers are ours and stay."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    text = str(value)
    return "'" + text if text.startswith(_FORMULA) else text

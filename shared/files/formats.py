"""In which format a report is wanted: by the suffix of its address, or by `Accept` where there is none (RFC 9110, 12.5.1)."""

from enum import StrEnum
from typing import Annotated, Any

from fastapi import Depends, Request

from shared.errors import RefusedError
from shared.web.refusals import refuses


class Format(StrEnum):
    """The formats of every report, the one for whoever takes any first."""

    JSON = "json"
    CSV = "csv"
    XLSX = "xlsx"
    PDF = "pdf"


MEDIA_TYPES = {
    Format.JSON: "application/json",
    Format.CSV: "text/csv; charset=utf-8",
    Format.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    Format.PDF: "application/pdf",
}


def _described(*formats: Format) -> dict[int | str, dict[str, Any]]:
    """For a route's `responses`: the files that it answers with beside JSON."""
    file = {"schema": {"type": "string", "format": "binary"}}
    return {200: {"content": {MEDIA_TYPES[one]: file for one in formats}}}


AS_REPORT = _described(Format.CSV, Format.XLSX, Format.PDF)
AS_TABLE = _described(Format.CSV)
"""Of lists to work by, which nobody prints."""


def chosen(suffix: str | None, accept: str | None) -> Format:
    """The suffix decides alone. Raises RefusedError (406 `not_acceptable`) for a format that nobody has."""
    if suffix is not None:
        try:
            return Format(suffix)
        except ValueError as error:
            raise _not_acceptable() from error
    if accept is None or not accept.strip():
        return Format.JSON
    asked = [_range(part) for part in accept.split(",")]
    weights = {wanted: _weight(wanted, asked) for wanted in Format}
    best = max(weights, key=lambda wanted: weights[wanted])
    if weights[best] <= 0:
        raise _not_acceptable()
    return best


@refuses(406, "not_acceptable")
def format_of(request: Request) -> Format:
    return chosen(request.path_params.get("suffix"), request.headers.get("accept"))


FormatParam = Annotated[Format, Depends(format_of)]
"""For routes `/reports/x` and `/reports/x.{suffix}`."""


def _range(part: str) -> tuple[str, float]:
    """(`type/subtype`, its q) of one part of an Accept header; what cannot be read weighs nothing."""
    media, *parameters = (word.strip() for word in part.lower().split(";"))
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                return media, min(max(float(value), 0.0), 1.0)
            except ValueError:
                return media, 0.0
    return media, 1.0


def _weight(wanted: Format, asked: list[tuple[str, float]]) -> float:
    """The q of the most exact range that this format falls under; 0 if it falls under none."""
    media = MEDIA_TYPES[wanted].partition(";")[0]
    exactness = {media: 2, media.partition("/")[0] + "/*": 1, "*/*": 0}
    found = [(exactness[name], q) for name, q in asked if name in exactness]
    return max(found)[1] if found else 0.0


def _not_acceptable() -> RefusedError:
    return RefusedError("not_acceptable", "formats are json, csv, xlsx and pdf", status=406)

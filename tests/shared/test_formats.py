"""Which format is wanted, and the plain ones: JSON and CSV."""

import csv
import io

import pytest

from shared.errors import RefusedError
from shared.files.formats import Format, chosen
from shared.files.plain import as_csv

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pytest.mark.parametrize(
    ("suffix", "accept", "wanted"),
    [
        ("pdf", "text/csv", Format.PDF),
        (None, None, Format.JSON),
        (None, "", Format.JSON),
        (None, "*/*", Format.JSON),
        (None, "application/*", Format.JSON),
        (None, "text/*", Format.CSV),
        (None, "application/pdf", Format.PDF),
        (None, "Application/PDF; q=1.0", Format.PDF),
        (None, f"{XLSX};q=0.5, application/pdf;q=0.9", Format.PDF),
        (None, "text/html,application/xhtml+xml,*/*;q=0.8", Format.JSON),
        (None, "*/*;q=0.1, text/csv", Format.CSV),
        (None, "application/json;q=0, */*", Format.CSV),
        (None, "application/pdf;q=nonsense, text/csv;q=0.1", Format.CSV),
    ],
)
def test_the_suffix_decides_and_then_the_best_of_accept(suffix: str | None, accept: str | None, wanted: Format) -> None:
    assert chosen(suffix, accept) is wanted


@pytest.mark.parametrize(
    ("suffix", "accept"), [("docx", "*/*"), ("PDF", None), (None, "text/html"), (None, "*/*;q=0"), (None, "x")]
)
def test_a_format_that_nobody_has_is_not_acceptable(suffix: str | None, accept: str | None) -> None:
    with pytest.raises(RefusedError) as refused:
        chosen(suffix, accept)
    assert (refused.value.status, refused.value.code) == (406, "not_acceptable")


@pytest.mark.parametrize("text", ["=1+1", "+66812345678", "-cmd", "@SUM(A1)", "\t=1", "\r=1"])
def test_text_that_a_spreadsheet_would_run_begins_with_an_apostrophe(text: str) -> None:
    assert list(csv.reader(io.StringIO(as_csv(["a"], [{"a": text}]).decode("utf-8-sig"), newline="")))[1] == ["'" + text]


def test_numbers_of_our_own_stay_and_nothing_is_empty() -> None:
    row = {"a": -5, "b": 0.5, "c": None, "d": True, "e": 'ที่, "น้ำ"\nผู้'}
    file = as_csv(list(row), [row])
    assert file.startswith(b"\xef\xbb\xbfa,b,c,d,e\r\n-5,0.5,,true,")
    assert list(csv.reader(io.StringIO(file.decode("utf-8-sig"), newline="")))[1] == ["-5", "0.5", "", "true", row["e"]]

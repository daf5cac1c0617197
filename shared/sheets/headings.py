"""Which column of a file is which: headings in Thai or English, however they are set, in any order."""

import unicodedata
from collections.abc import Sequence

from shared.errors import Fault, InvalidError
from shared.sheets.columns import Column, Columns

RESULT, REMARK = "ผลการนำเข้า", "ข้อผิดพลาด"
"""The columns that an answer has more than what was sent. It may be corrected and sent again as it is."""
PASSED_OVER = (RESULT, REMARK, "ลำดับ", "ลำดับที่", "ที่", "no")
"""What stands under these is about the sheet, not about anybody."""


def plain(text: str) -> str:
    """Letters and digits only, in one case and one spelling."""
    whole = unicodedata.normalize("NFKC", text).casefold()
    return "".join(_arabic(sign) for sign in whole if unicodedata.category(sign)[0] in "LMN")


def recognised(columns: Columns, headings: Sequence[str]) -> list[Column | None]:
    """For each heading its column; None for what is passed over.

    Raises InvalidError: `wrong_columns` where required ones are missing or some are there twice, `unknown_column` for a heading
    that is not empty and no column's: what stands under it would be lost."""
    by_heading = {plain(heading): column for column in columns for heading in (column.name, *column.headings)}
    keys = [plain(heading) for heading in headings]
    found = [by_heading.get(key) for key in keys]
    there = [column.name for column in found if column is not None]
    missing = [column.name for column in columns if column.required and column.name not in there]
    if missing:
        raise InvalidError([Fault("/file", "wrong_columns", f"these columns are missing: {', '.join(missing)}")])
    twice = sorted({name for name in there if there.count(name) > 1})
    if twice:
        raise InvalidError([Fault("/file", "wrong_columns", f"these columns are there twice: {', '.join(twice)}")])
    passed_over = {plain(heading) for heading in PASSED_OVER}
    unknown = [at for at, key in enumerate(keys) if found[at] is None and key and key not in passed_over]
    if unknown:
        # By their place: what stands in the first row of another file may be anything.
        places = ", ".join(letters(at) for at in unknown)
        raise InvalidError([Fault("/file", "unknown_column", f"nothing is known of the columns {places}")])
    return found


def _arabic(sign: str) -> str:
    value = unicodedata.decimal(sign, None)
    return sign if value is None else str(value)


def letters(at: int) -> str:
    """Of the column at that place, the first is 0: A, B … Z, AA …, as spreadsheets call the column."""
    letters, at = "", at + 1
    while at:
        at, rest = divmod(at - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters

"""What a table that people fill in looks like: its columns, what they are called, and how what stands in them is meant."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Kind(StrEnum):
    """How the cells of a column are read. What cannot be read so stays the text that it is, and the service's own check says
    that it is invalid; so does an empty cell, which is a field that was not given."""

    TEXT = "text"
    """Trimmed, else as given. A number in a spreadsheet becomes its digits."""
    CITIZEN_ID = "citizen_id"
    """Thirteen digits without dashes and spaces; anything else as text. A number gets its lost zeros back if it is an ID then."""
    AREA = "area"
    """The code of a place; words after it (`240402 ท่าสะอ้าน`) are passed over."""
    PHONE = "phone"
    """In Arabic digits; a number gets its first zero back."""
    DAY = "day"
    """An ISO day of the common era."""
    MOMENT = "moment"
    """An RFC 3339 instant; what has no zone is Bangkok's, a day is 00:00 of it."""
    WHOLE = "whole"
    """An int; `หมู่ที่ 5` is 5."""
    YEAR = "year"
    """An int, of the common era."""
    CODE = "code"
    """One of the column's choices, by code or by word."""
    YES_NO = "yes_no"
    """A bool."""


@dataclass(frozen=True, slots=True)
class Column:
    """`name`: the field's, which is also a heading. `headings`: what else it is called; the first one is what templates show.
    `required`: a file without this column is refused (whether a row may leave it empty is the service's to say). `note` and
    `example`: for templates, in Thai and as somebody would type it. `choices`: Thai word by code; `synonyms`: code by further
    words."""

    name: str
    headings: tuple[str, ...]
    kind: Kind = Kind.TEXT
    required: bool = False
    note: str = ""
    example: str = ""
    choices: Mapping[str, str] = field(default_factory=dict)
    synonyms: Mapping[str, str] = field(default_factory=dict)


Columns = tuple[Column, ...]
"""In the order of templates; files may have them in any."""

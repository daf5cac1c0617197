"""The 13-digit citizen ID: its check digit, what its first digit tells, and finding one in free text.
Whose it is, is not here."""

import re
import unicodedata
from collections.abc import Iterator
from enum import StrEnum
from operator import mul

from shared import places

_DASHES = "Pd"
_INVISIBLE = "Cf"
_UNKNOWN_DISTRICT = "unknown_district"
_UNEXPECTED_CLASS = "unexpected_class"
_DIGITS = 13
_WEIGHTS = range(13, 1, -1)


class IdClass(StrEnum):
    """What the first digit tells of a person's registration. People of every class are served."""

    THAI = "thai"
    """1 to 5: Thai nationals, by how and when they came into the register."""
    ALIEN = "alien"
    """6 to 8: irregular or temporary entry, their children, lawful immigrants and naturalised people."""
    UNREGISTERED = "unregistered"
    """0: no civil-registration status; those that begin with 00 are registered migrant workers."""
    UNEXPECTED = "unexpected"
    """9: not issued."""


def normalise(text: str) -> str:
    """`text` with Thai (and any other) digits as 0 to 9, without spaces, dashes and invisible signs. It may still be no ID."""
    if text.isascii() and text.isdigit():  # as nearly all are
        return text
    return "".join(_arabic(sign) for sign in text if not _separates(sign))


def is_valid(text: str) -> bool:
    """Thirteen digits, as they come or as `normalise` takes them, of which the last is the check digit.

    The weight of the third digit is 11, so an error there is never caught: see `warnings`."""
    digits = normalise(text)
    return re.fullmatch(r"[0-9]{13}", digits) is not None and check_digit(digits[:12]) == digits[12]


def check_digit(first_twelve: str) -> str:
    """d13 = (11 - (13·d1 + 12·d2 + … + 2·d12) mod 11) mod 10, of twelve digits 0 to 9."""
    if len(first_twelve) != len(_WEIGHTS):
        raise ValueError("not twelve digits")
    # Rosters have millions of them: this takes half the time of a loop.
    return str((11 - sum(map(mul, _WEIGHTS, map(int, first_twelve))) % 11) % 10)


def id_class(text: str) -> IdClass:
    """The class of a valid ID, by its first digit."""
    first = normalise(text)[0]
    if first in "12345":
        return IdClass.THAI
    if first in "678":
        return IdClass.ALIEN
    return IdClass.UNREGISTERED if first == "0" else IdClass.UNEXPECTED


def warnings(text: str) -> list[str]:
    """Codes of what is odd about a valid ID; none of them is a reason to refuse it.

    `unknown_district`: digits 2 to 5, the registrar's office, are no district's code, present or abolished (municipal
    registrars have codes of their own, and migrant workers' numbers, 00…, have no office). `unexpected_class`: begins with 9."""
    digits = normalise(text)
    found = []
    if not digits.startswith("00") and not places.was_ever_district(digits[1:5]):
        found.append(_UNKNOWN_DISTRICT)
    if id_class(digits) is IdClass.UNEXPECTED:
        found.append(_UNEXPECTED_CLASS)
    return found


def contains_valid_id(text: str) -> bool:
    """Whether a valid ID stands anywhere in `text`, in Thai digits or with spaces, dashes or dots between as well.

    Digits are read in the groups in which they are written (`๑-๙๗๐๑-…`), so that a year before a phone number makes no ID;
    inside one unbroken row of digits every thirteen are tried."""
    return next(_places(text), None) is not None


def without_valid_ids(text: str, instead: str) -> str:
    """`text` with `instead` in place of every valid ID that `contains_valid_id` finds; of an unbroken row of digits that holds
    one, the whole row."""
    kept, upto = [], 0
    for start, end in _places(text):
        if start >= upto:
            kept += [text[upto:start], instead]
        upto = max(upto, end)
    return "".join([*kept, text[upto:]]) if kept else text


def _places(text: str) -> Iterator[tuple[int, int]]:
    """From where to where valid IDs stand, in order; those of one row may overlap."""
    if sum(map(str.isdecimal, text)) < _DIGITS:
        return
    plain = "".join(" " if _separates(sign) or sign in "./_" else _arabic(sign) for sign in text)
    for row in re.finditer(r"[0-9][0-9 ]*", plain):
        groups = [(row.start() + group.start(), group.group()) for group in re.finditer("[0-9]+", row.group())]
        for number, (start, group) in enumerate(groups):
            if any(is_valid(group[at : at + _DIGITS]) for at in range(len(group) - _DIGITS + 1)):
                yield start, start + len(group)
            elif (end := _end_of_joined(groups[number:])) is not None:
                yield start, end


def _end_of_joined(groups: list[tuple[int, str]]) -> int | None:
    """Where the valid ID ends that the first few groups make together."""
    joined = ""
    for start, group in groups:
        joined += group
        if len(joined) >= _DIGITS:
            return start + len(group) if len(joined) == _DIGITS and is_valid(joined) else None
    return None


def _separates(sign: str) -> bool:
    return sign.isspace() or unicodedata.category(sign) in (_DASHES, _INVISIBLE)


def _arabic(sign: str) -> str:
    value = unicodedata.decimal(sign, None)
    return sign if value is None else str(value)

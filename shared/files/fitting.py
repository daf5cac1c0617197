"""How wide a text is on paper, roughly, and where it may be parted: for what a typesetter leaves to us and a spreadsheet knows
nothing of. Measured on Sarabun of 11 pt."""

import math
import re
import unicodedata
from collections.abc import Iterator

MM_PER_EM = 11 * 25.4 / 72
_EM = 0.62
"""Of a Thai consonant, about the widest letters; the estimate is to be rather too wide than too narrow."""
_EMS = dict.fromkeys(" .,", 0.25) | dict.fromkeys("-เ()", 0.35) | dict.fromkeys("าะ/", 0.5) | dict.fromkeys("๐๑๒๓๔๕๖๗๘๙", 0.7)
_CAPITAL = 0.75
FILLED = 0.9


def width_mm(text: str) -> float:
    """Marks above and below take no room."""
    return sum(_width_mm(sign) for sign in text)


def _width_mm(sign: str) -> float:
    if unicodedata.category(sign) in ("Mn", "Me", "Cf"):
        return 0.0
    return MM_PER_EM * (_CAPITAL if sign.isupper() else _EMS.get(sign, _EM))


def lines(text: str, room_mm: float) -> int:
    """How many lines it takes."""
    return sum(_lines(width_mm(line), room_mm) for line in text.split("\n"))


def _lines(width: float, room_mm: float) -> int:
    """Of what does not fit on one, some room is lost at the end of each, where the next word does not fit."""
    return 1 if width <= room_mm else math.ceil(width / (room_mm * FILLED))


def in_lines(name: str, room_mm: float) -> str:
    """A name with a line end between its parts where it does not fit on one line, so that no part is broken."""
    filled: list[str] = []
    for part in name.split(" "):
        if filled and width_mm(f"{filled[-1]} {part}") <= room_mm:
            filled[-1] += f" {part}"
        else:
            filled.append(part)
    return "\n".join(filled)


def pieces(text: str, room_mm: float) -> str | list[str]:
    """The text, or the pieces of one that holds a word too long for the room: Thai is parted by the typesetter, but 200 letters
    of another script, or of no word at all, are not."""
    if len(text) * MM_PER_EM * _CAPITAL <= room_mm or all(width_mm(word) <= room_mm for word in _words(text)):
        return text
    return list(_parted(text, room_mm))


def _words(text: str) -> Iterator[str]:
    return (word for word in re.split(r"\s", text) if not _is_thai(word))


def _is_thai(word: str) -> bool:
    return bool(word) and all("\u0e00" <= sign <= "\u0e7f" for sign in word)


def _parted(text: str, room_mm: float) -> Iterator[str]:
    """Wherever another sign would not fit, but not before a mark, which takes no room."""
    piece, filled = "", 0.0
    for sign in text:
        wide = _width_mm(sign)
        if sign in " \n":
            filled = 0.0
        elif wide and filled + wide > room_mm:
            yield piece
            piece, filled = "", 0.0
        piece, filled = piece + sign, filled + wide
    yield piece

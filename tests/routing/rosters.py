"""Files of citizen IDs for tests of the roster, of people who are in no register: their office code is no place's."""

import base64
import gzip
from collections.abc import Iterable
from pathlib import Path

from shared.citizen_id import check_digit
from shared.roster.editions import entry

PEPPER = bytes(range(0, 256, 8))
SECRET = base64.b64encode(PEPPER).decode()


def number(count: int) -> str:
    """The citizen ID of the so many-eth invented person."""
    twelve = f"197{count:09}"
    return twelve + check_digit(twelve)


def numbers(count: int, start: int = 0) -> list[str]:
    return [number(start + each) for each in range(count)]


def people(listed: Iterable[str]) -> set[bytes]:
    """What an edition keeps of them."""
    return {entry(PEPPER, each) for each in listed}


def wrong(count: int) -> str:
    """Thirteen digits of which the last is not the check digit."""
    right = number(count)
    return right[:12] + str((int(right[12]) + 1) % 10)


def write(path: Path, lines: Iterable[str | bytes], *, bom: bool = False, end: str = "\n") -> Path:
    """Packed if the name ends in `.gz`."""
    content = b"\xef\xbb\xbf" * bom + b"".join(
        (line if isinstance(line, bytes) else line.encode()) + end.encode() for line in lines
    )
    path.write_bytes(gzip.compress(content, 1) if path.suffix == ".gz" else content)
    return path

"""`access.toml` as records: users of Kafka and what each may do. Making it so on a broker is in `applied.py`, for an operator in
`strimzi.py`."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

FILE = Path(__file__).with_name("access.toml")

Kind = Literal["topic", "group"]
Pattern = Literal["literal", "prefix"]
Operation = Literal["Read", "Write", "Describe"]


@dataclass(frozen=True, slots=True)
class Right:
    """Something that one user may do with one topic, or with all groups whose names begin so; from any host."""

    kind: Kind
    name: str
    pattern: Pattern
    operations: tuple[Operation, ...]


@dataclass(frozen=True, slots=True)
class User:
    """`groups` are beginnings of names."""

    name: str
    writes: tuple[str, ...] = ()
    reads: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()

    def rights(self) -> Iterator[Right]:
        """In a steady order. An idempotent producer needs no more than the topic's."""
        for topic in self.writes:
            yield Right("topic", topic, "literal", ("Write", "Describe"))
        for topic in self.reads:
            yield Right("topic", topic, "literal", ("Read", "Describe"))
        for group in self.groups:
            yield Right("group", group, "prefix", ("Read",))


class AccessFileError(Exception):
    """`access.toml` says something that is not understood, so that nothing is done."""


def read_access(file: Path = FILE) -> tuple[User, ...]:
    """Raises AccessFileError."""
    try:
        found = tomllib.loads(file.read_text(encoding="utf-8"))
        if set(found) != {"users"}:
            raise AccessFileError(f"{file}: only users may be in it")
        return tuple(_user(name, entry) for name, entry in found["users"].items())
    except (tomllib.TOMLDecodeError, TypeError) as error:
        raise AccessFileError(f"{file}: {error}") from error


def _user(name: str, entry: dict[str, list[str]]) -> User:
    for what, names in entry.items():
        if not isinstance(names, list) or not all(isinstance(one, str) and one.strip() for one in names):
            raise AccessFileError(f"{name}: {what} must be a list of names")  # an empty prefix would be everything
    return User(name, **{what: tuple(names) for what, names in entry.items()})

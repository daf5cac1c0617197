"""Invented people and what they say: names, citizen IDs with a right check digit and an office code that no province has."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from shared.citizen_id import check_digit
from shared.events.codes import NeedKind, WorkerType

_WORDS = Path(__file__).with_name("words.toml")
_WORKER_TYPES = {WorkerType.INFORMAL: 80, WorkerType.ELDERLY: 14, WorkerType.DISABLED: 6}
_CLASSES = "1235"
_ELDERLY = 60


@dataclass(frozen=True, slots=True)
class Citizen:
    """As a request carries it, with the kind of worker that the person is."""

    body: dict[str, Any]
    worker_type: WorkerType


class People:
    """The people of one story: every call invents another one; the same seed invents the same. `year`: of the story (CE)."""

    def __init__(self, rng: Random, office: str, year: int) -> None:
        self._rng = rng
        self._office = office
        self._year = year
        self._count = 0

    def volunteer(self) -> dict[str, Any]:
        """The personal fields of an appointment."""
        name = self._name()
        return {"citizen_id": self._citizen_id(), **name, "phone": f"00-0000-{self._count:05}"}

    def citizen(self, worker_type: WorkerType | None = None) -> Citizen:
        if worker_type is None:
            worker_type = self._rng.choices(list(_WORKER_TYPES), list(_WORKER_TYPES.values()))[0]
        age = self._rng.randint(_ELDERLY, 78) if worker_type is WorkerType.ELDERLY else self._rng.randint(20, _ELDERLY - 1)
        name = self._name()
        body = {"id_kind": "thai", "citizen_id": self._citizen_id(), **name, "birth_year": self._year - age}
        return Citizen(body, worker_type)

    def officer(self) -> dict[str, str]:
        """Somebody of whom only the name is asked."""
        return self._name()

    def _name(self) -> dict[str, str]:
        words = _words()
        title = self._rng.choice(("นาย", "นาง", "นางสาว"))
        first = self._rng.choice(words["male" if title == "นาย" else "female"])
        return {"title": title, "first_name": first, "last_name": self._rng.choice(words["last"])}

    def _citizen_id(self) -> str:
        self._count += 1
        twelve = f"{self._rng.choice(_CLASSES)}{self._office}{self._count:07}"
        return twelve + check_digit(twelve)


def detail(rng: Random, kind: NeedKind) -> str:
    """What somebody says who has such a need."""
    return str(rng.choice(_words()["kinds"][kind]["details"]))


def help_with(rng: Random, kind: NeedKind) -> dict[str, str]:
    """The usual kind of help, and a project under which it is given."""
    words = _words()["kinds"][kind]
    return {"assistance_type": words["help"], "project_name": rng.choice(words["projects"])}


def not_eligible_reason(rng: Random) -> str:
    weights = _words()["not_eligible"]
    return str(rng.choices(list(weights), list(weights.values()))[0])


@cache
def _words() -> dict[str, Any]:
    return tomllib.loads(_WORDS.read_text(encoding="utf-8"))

"""What is written down about one thing that somebody did or saw. Nothing in it is personal: people are references."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import orjson

OK = "ok"
REPLAYED = "replayed"
"""An earlier answer was given again; nothing was done."""


@dataclass(frozen=True, slots=True)
class Entry:
    """`actor`: the opaque id of who asked. `action`: from a closed list, such as the name of a rule. `person_ref`: whom it was
    about, if one person. `details`: small JSON: form, period, province, rows. `outcome`: `ok`, `replayed`, or the code of the
    problem that was answered; `status` the answer's."""

    actor: str
    roles: frozenset[str]
    action: str
    request_id: str
    person_ref: UUID | None = None
    details: dict[str, Any] = field(default_factory=dict)
    outcome: str = OK
    status: int = 200

    def values(self) -> tuple[str, str, str, UUID | None, str, str, int, str]:
        """In the order of the parameters of `audit_add`."""
        details = orjson.dumps(self.details, option=orjson.OPT_SORT_KEYS).decode()
        roles = " ".join(sorted(self.roles))
        return self.actor, roles, self.action, self.person_ref, details, self.outcome, self.status, self.request_id


def by_code(codes: Iterable[str]) -> dict[str, Any]:
    """For `details`: how many things of one request were refused, and how many of them with which code."""
    counted = Counter(codes)
    return {"refused": counted.total(), **({"by_code": dict(counted)} if counted else {})}

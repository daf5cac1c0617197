"""Who asks routing in the tests of rights, and how: an officer of the office, one of an agency, a clerk of a unit."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx

from shared.events.codes import Agency
from tests.routing.given import UNIT
from tests.routing.running import NOW, Routing
from tests.support.callers import caller

OTHER_UNIT = UUID("01890000-0000-7000-8000-0000000000a2")
"""In the same province."""
FAR_UNIT = UUID("01890000-0000-7000-8000-0000000000a3")
"""In province 20."""
HELPERS = {"unit_clerk", "province_officer", "agency_officer"}
OF_UNIT = {"unit_clerk"}
OF_AGENCY = {"agency_officer"}


INSIDE: dict[str, Any] = {"provinces": ("24",), "agency": Agency.DOE, "unit_id": UNIT}


@dataclass(frozen=True)
class Route:
    """`who`: the roles that may take it; `on`: about a referral, about help through one, about a unit's own help, or a list."""

    name: str
    who: set[str]
    on: str
    body: Any = None
    good: int = 200


def by(role: Any, **claims: Any) -> dict[str, str]:
    return caller(role, **{**INSIDE, **claims})


OFFICER, DOE, CLERK = by("province_officer"), by("agency_officer"), by("unit_clerk")


async def ask(routing: Routing, route: Route, wanted: object, headers: dict[str, str], **changed: Any) -> httpx.Response:
    method, path = route.name.split(" ")
    url = path.replace("{referral_id}", str(wanted)).replace("{assistance_id}", str(wanted))
    body = None if route.body is None else {**route.body, **changed}
    return await routing.http.request(method, url, json=body, headers={"Songtor-Now": NOW, **headers})

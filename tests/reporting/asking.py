"""Who asks reporting for what, for the tests of rights: a caller of each role, and two provinces in which the same happened, of
which one is theirs."""

import contextlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from shared.events.codes import NeedKind
from shared.vault import Vault
from tests.reporting.given import an_id, need, unit, volunteer
from tests.reporting.running import OTHER_UNIT, SOMJAI, UNIT, Reporting, empty_database, help_for, running
from tests.support.callers import caller
from tests.support.kafka_records import recorded
from tests.support.servers import PostgresServer

UNIT_NEXT_DOOR, NO_UNIT = an_id(3), an_id(4)
VOLUNTEER, COLLEAGUE, FAR_VOLUNTEER = an_id(31), an_id(32), an_id(33)
HELP, FAR_HELP, NO_HELP = an_id(11), an_id(12), an_id(19)
SUDA = {"id_kind": "thai", "citizen_id": "3972200000126", "title": "นาง", "first_name": "สุดา", "last_name": "ใจงาม"}
MAY: dict[str, Any] = {"month": "2021-05"}
YEAR: dict[str, Any] = {"fiscal_year": 2564}
LATER = "2021-06-30T05:00:00Z"

WHO: Mapping[str, dict[str, str]] = {
    "volunteer": caller("volunteer", provinces=["24"], volunteer_id=VOLUNTEER),
    "unit_clerk": caller("unit_clerk", provinces=["24"], unit_id=UNIT),
    "province_officer": caller("province_officer", provinces=["24"]),
    "doe": caller("agency_officer", provinces=["24"], agency="DOE"),
    "dlpw": caller("agency_officer", provinces=["24"], agency="DLPW"),
    "ministry": caller("ministry", provinces=[]),
    "auditor": caller("auditor", provinces=["24"]),
    "admin": caller("admin", provinces=["24"]),
}
OFFICER = WHO["province_officer"]


@dataclass(frozen=True)
class Ask:
    """A request, and who is answered how: `answered` gets `ok`, `not_found` 404, everybody else 403."""

    route: str
    answered: str
    not_found: str = ""
    query: Mapping[str, Any] = field(default_factory=dict)
    body: Mapping[str, Any] | None = None
    ok: int = 200
    now: str = LATER
    path: str = ""

    @property
    def method(self) -> str:
        return self.route.partition(" ")[0]

    @property
    def where(self) -> str:
        return self.path or self.route.partition(" ")[2].replace("{suffix}", "csv")

    def expected(self, who: str) -> int:
        return self.ok if who in self.answered.split() else 404 if who in self.not_found.split() else 403


@contextlib.asynccontextmanager
async def two_provinces(postgres: PostgresServer, vault_dsn: str, vault: Vault) -> AsyncIterator[Reporting]:
    """Somjai was helped by a unit of province 24, Suda by one of 20; each province has volunteers and a tip-off of each kind."""
    async with running(empty_database(postgres), vault_dsn) as found:
        await found.tell(
            recorded(unit(UNIT)),
            recorded(unit(UNIT_NEXT_DOOR)),
            recorded(unit(OTHER_UNIT, province="20", area_code="200101")),
            recorded(await help_for(vault, 11, SOMJAI)),
            recorded(await help_for(vault, 12, SUDA, unit_id=OTHER_UNIT, province="20", area_code="200101")),
            recorded(volunteer(VOLUNTEER)),
            recorded(volunteer(COLLEAGUE)),
            recorded(volunteer(FAR_VOLUNTEER, province="20", area_code="200101")),
            recorded(need(an_id(21), volunteer_id=VOLUNTEER)),
            recorded(need(an_id(22), volunteer_id=FAR_VOLUNTEER, province="20", area_code="200101")),
        )
        for number, kind in enumerate((NeedKind.TIPOFF_JOB_SCAM, NeedKind.TIPOFF_CHILD_LABOUR)):
            await found.tell(
                recorded(need(an_id(41 + number), kind=kind)),
                recorded(need(an_id(51 + number), kind=kind, province="20", area_code="200101")),
            )
        yield found


async def asked(reporting: Reporting, ask: Ask, headers: Mapping[str, str]) -> httpx.Response:
    json = None if ask.body is None else dict(ask.body)
    moment = {"Songtor-Now": ask.now}
    return await reporting.http.request(
        ask.method, ask.where, params=dict(ask.query), json=json, headers={**headers, **moment}, timeout=60
    )


async def told(reporting: Reporting, who: str, path: str, **query: Any) -> Any:
    answer = await asked(reporting, Ask(f"GET {path}", "", query=query), WHO[who])
    assert answer.status_code == 200, answer.text
    return answer.json()

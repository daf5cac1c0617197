"""The list of referrals as plain SQL over the projection's view. One referral is read from the store, not from here."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

from psycopg.rows import class_row

from shared.access import Reach
from shared.errors import Fault, InvalidError
from shared.events.codes import Agency, ReferralStatus
from shared.sealed import Sealed
from shared.store.store import Connection

Place = tuple[datetime, UUID]
"""A row's place in the list: referred_at, referral_id; ascending."""

_REFERRALS: LiteralString = """
SELECT referral_id, case_id, round, agency, province, area_code, village_no, kind, assistance_type, priority, status, referred_at,
       due_at, unit_id, worker_type, person AS person_json
FROM referrals
WHERE (%(in_provinces)s::text[] IS NULL OR province = ANY (%(in_provinces)s::text[]))
  AND (%(whole)s::boolean OR agency = %(of_agency)s::text)
  AND (%(agency)s::text IS NULL OR agency = %(agency)s)
  AND (%(province)s::text IS NULL OR province = %(province)s)
  AND (%(case_id)s::uuid IS NULL OR case_id = %(case_id)s)
  AND (%(status)s::text IS NULL OR status = %(status)s)
  AND (%(overdue)s::boolean IS NULL OR %(overdue)s = (status IN ('sent', 'accepted') AND due_at < %(now)s))
  AND (%(overdue)s IS NOT TRUE OR status IN ('sent', 'accepted'))
  AND (%(referred_at)s::timestamptz IS NULL OR (referred_at, referral_id) > (%(referred_at)s, %(referral_id)s::uuid))
ORDER BY referred_at, referral_id
LIMIT %(limit)s
"""


_UNTOLD: LiteralString = "SELECT DISTINCT case_id, person_ref FROM untold_referrals LIMIT %s"


@dataclass(frozen=True, slots=True)
class Referral:
    """A referral as its last event left it. `person_json`: the sealed block."""

    referral_id: UUID
    case_id: UUID
    round: int
    agency: str
    province: str
    area_code: str
    village_no: int | None
    kind: str
    assistance_type: str
    priority: str
    status: str
    referred_at: datetime
    due_at: datetime
    unit_id: UUID | None
    worker_type: str | None
    person_json: str | None

    @property
    def person(self) -> Sealed | None:
        return None if self.person_json is None else Sealed.model_validate_json(self.person_json)

    @property
    def place(self) -> Sequence[str]:
        """Its place as a cursor keeps it."""
        return self.referred_at.isoformat(), str(self.referral_id)


def place_of(cursor: Sequence[Any] | None) -> Place | None:
    """What a cursor of this list says. Raises InvalidError for any other."""
    if cursor is None:
        return None
    try:
        referred_at, referral_id = cursor
        place = datetime.fromisoformat(referred_at), UUID(referral_id)
        if place[0].tzinfo is not None:
            return place
    except (ValueError, TypeError, AttributeError):
        pass
    raise InvalidError([Fault("/query/cursor", "invalid", "not a cursor that this list gave")])


async def referrals(
    connection: Connection,
    *,
    reach: Reach,
    now: datetime,
    agency: Agency | None,
    province: str | None,
    case_id: UUID | None,
    status: ReferralStatus | None,
    overdue: bool | None,
    after: Place | None,
    limit: int,
) -> list[Referral]:
    """The oldest first, of those within `reach`. `overdue` is judged as of `now`."""
    referred_at, referral_id = after or (None, None)
    async with connection.cursor(row_factory=class_row(Referral)) as cursor:
        await cursor.execute(
            _REFERRALS,
            {
                **reach.parameters(),
                "now": now,
                "agency": agency,
                "province": province or _only(reach.provinces),
                "case_id": case_id,
                "status": status,
                "overdue": overdue,
                "referred_at": referred_at,
                "referral_id": referral_id,
                "limit": limit,
            },
            prepare=False,  # planned anew with its values: filters that are not given must not cost the index
        )
        return await cursor.fetchall()


def _only(provinces: frozenset[str] | None) -> str | None:
    """Most callers are of one province: named by itself it has an index in the list's order, named in a list it has none."""
    return next(iter(provinces)) if provinces is not None and len(provinces) == 1 else None


async def untold(connection: Connection, limit: int) -> list[tuple[UUID, UUID]]:
    """Cases with a referral whose agency has yet to hear that the person is forgotten, and the person."""
    cursor = await connection.execute(_UNTOLD, [limit], prepare=True)
    return [(case_id, person_ref) for case_id, person_ref in await cursor.fetchall()]

"""`GET /audit`: the trail as an auditor reads it, newest first. The trail itself is `shared/audit/`."""

from dataclasses import asdict
from typing import Annotated, Any
from uuid import UUID

import orjson
from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel

from shared.audit.chain import Link
from shared.audit.trail import Wanted, listed
from shared.errors import Fault, InvalidError
from shared.fields import Moment
from shared.rights import RULES
from shared.web import Page, PageParam, ReadEdge
from shared.web.audited import ids_in
from shared.web.pages import Listed

UNKNOWN = "unknown"
Text = Annotated[str | None, Query(min_length=1, max_length=200, pattern=r"^[^\x00]*$")]


class EntryShown(BaseModel):
    """`hash` covers the entry and `before`, the hash of the one before it; both in hex."""

    number: int
    at: AwareDatetime
    actor: str
    roles: list[str]
    action: str
    person_ref: UUID | None
    details: dict[str, Any]
    outcome: str
    status: int
    request_id: str
    before: str
    hash: str


def audit_routes() -> APIRouter:
    """One route."""
    router = APIRouter()

    @router.get("/audit", response_model=Listed[EntryShown])
    async def audit(
        edge: ReadEdge,
        page: PageParam,
        actor: Annotated[Text, Query(description="Who did it: `by` of a timeline.")] = None,
        person_ref: Annotated[UUID | None, Query(description="Whom it was about.")] = None,
        action: Annotated[Text, Query(description="The name of a rule.")] = None,
        from_: Annotated[Moment | None, Query(alias="from", description="From this instant on.")] = None,
        until: Annotated[Moment | None, Query(description="Before this instant.")] = None,
    ) -> dict[str, Any]:
        """Who did or saw what, newest first. Nothing in it is personal: people are references. It says who read it, too."""
        wanted = Wanted(actor=actor, person_ref=person_ref, action=action, from_=from_, until=until, before=_before(page))
        async with edge.store.connection() as connection:
            links = await listed(connection, wanted, page.fetch)
        await edge.audited(details=_asked(wanted) | {"rows": min(len(links), page.limit)})
        return page.listed(links, lambda link: [link.number], _shown)

    return router


def _asked(wanted: Wanted) -> dict[str, Any]:
    """By what was looked, for the trail. Words that are no actor and no rule's name may be anything, such as a citizen's name:
    they are not repeated."""
    found = asdict(wanted)
    if wanted.actor is not None:
        found["actor"] = ids_in({"actor": wanted.actor}).get("actor", UNKNOWN)
    if wanted.action is not None and wanted.action not in {rule.name for rule in RULES}:
        found["action"] = UNKNOWN
    return {name.rstrip("_"): value for name, value in found.items() if value is not None}


def _before(page: Page) -> int | None:
    match page.after:
        case None:
            return None
        case [int(number)] if 0 < number < 2**63:
            return number
        case _:
            raise InvalidError([Fault("/query/cursor", "invalid", "not a cursor that this list gave")])


def _shown(link: Link) -> EntryShown:
    shown = link._asdict() | {
        "details": orjson.loads(link.details),
        "roles": list(link.roles),
        "before": link.before.hex(),
        "hash": link.hash.hex(),
    }
    return EntryShown.model_construct(**shown)

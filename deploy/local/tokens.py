"""Tokens of a stack's own issuer: those that lie ready in `<data>/tokens.json` for whoever has curl, one of each kind of caller,
and those that the stack's own commands ask with."""

import json
import re
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import httpx

from deploy.local.failures import StackError
from deploy.local.layout import Layout
from deploy.local.private import write_private
from deploy.local.repertoire import all_stories, by_default, played, province_of
from deploy.local.say import say
from deploy.local.stack_file import StackFile
from shared.auth import EVERYWHERE, Role
from shared.dev_issuer import TOKEN_LIFE_S, TokenRequest, issuer_key, signed
from shared.events.codes import Agency
from shared.settings import Settings

READY_LIFE_S = 30 * 24 * 3600
"""For people who leave a stack up for weeks. Its issuer's key is made with it and good for no other."""
ASK_SECONDS = 10.0


def token(layout: Layout, wanted: TokenRequest, *, life_s: int = TOKEN_LIFE_S) -> str:
    """Signed as registry signs; the stack need not run. Raises StackError where there never was one."""
    if not layout.issuer_key.exists():
        raise StackError(f"there is no stack in {layout.data}: `up` comes first")
    names = {name: str(Settings.model_fields[name].default) for name in ("issuer", "audience")}
    return signed(issuer_key(layout.issuer_key.read_bytes()), wanted, life_s=life_s, **names).access_token


def headers(layout: Layout, wanted: TokenRequest) -> dict[str, str]:
    """Of a request by that caller."""
    return {"Authorization": f"Bearer {token(layout, wanted)}"}


def admin(sub: str = "stack") -> TokenRequest:
    return TokenRequest(sub=sub, roles=["admin"], provinces=[EVERYWHERE])


def write_tokens(layout: Layout, stack: StackFile) -> None:
    """All anew, by name. Volunteers and units of the stories are those that registry knows by now."""
    found = dict(_nationwide())
    for name, code in _provinces(layout).items():
        found |= _of_province(layout, stack, name, code)
    ready = {name: token(layout, wanted, life_s=READY_LIFE_S) for name, wanted in found.items()}
    write_private(layout.tokens, (json.dumps(ready, indent=1) + "\n").encode())


def _nationwide() -> Iterator[tuple[str, TokenRequest]]:
    roles: tuple[Role, ...] = ("ministry", "admin", "auditor")
    for role in roles:
        yield role, TokenRequest(sub=role, roles=[role], provinces=[EVERYWHERE])
    for agency in Agency:
        name = f"agency-{agency.lower()}"
        yield name, TokenRequest(sub=name, roles=["agency_officer"], provinces=[EVERYWHERE], agency=agency)


def _provinces(layout: Layout) -> dict[str, str]:
    """Of the stories that are played unasked, and of the others that were: codes by the story's name without its year."""
    known = [*by_default(), *(story for story in all_stories() if story.stem in played(layout))]
    return {re.sub(r"-[0-9]+$", "", story.stem): province_of(story) for story in known}


def _of_province(layout: Layout, stack: StackFile, name: str, code: str) -> dict[str, TokenRequest]:
    found = {f"officer-{name}": TokenRequest(sub=f"officer-{name}", roles=["province_officer"], provinces=[code])}
    known = {"headers": headers(layout, found[f"officer-{name}"]), "params": {"province": code, "limit": 1}}
    registry = stack.services["registry"].url
    for one in _items(f"{registry}/volunteers", known):
        caller, volunteer_id = f"volunteer-{name}", UUID(one["volunteer_id"])
        found[caller] = TokenRequest(sub=caller, roles=["volunteer"], provinces=[code], volunteer_id=volunteer_id)
    for one in _items(f"{registry}/service-units", known):
        caller, unit_id = f"unit-clerk-{name}", UUID(one["unit_id"])
        found[caller] = TokenRequest(sub=caller, roles=["unit_clerk"], provinces=[code], unit_id=unit_id)
    return found


def _items(url: str, asked: dict[str, Any]) -> list[dict[str, str]]:
    """Nobody, and a word about it, while registry cannot say: a stack is up without these, too."""
    try:
        answer = httpx.get(url, timeout=ASK_SECONDS, trust_env=False, **asked).raise_for_status()
    except httpx.HTTPError as error:
        say(f"· no tokens of volunteers and units: registry cannot be asked for them ({type(error).__name__})")
        return []
    found: list[dict[str, str]] = answer.json()["items"]
    return found

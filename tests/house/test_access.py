"""The table of rights and the routes of the services are the same routes: none without a rule, no rule for none."""

from collections import Counter
from collections.abc import Iterable, Iterator

import pytest
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute

from shared.rights import RULES, SERVICES
from tests.house.apis import api_of

OPEN = {"GET /healthz", "GET /readyz", "GET /metrics", "GET /cards/verify/{token}", "POST /dev/tokens"}
"""Taken without a token. The last of them is there in development only."""


def routes_of(service: str) -> set[str]:
    return {f"{method} {route.path}" for route in each_route(api_of(service).routes) for method in route.methods or ()}


def each_route(routes: Iterable[BaseRoute]) -> Iterator[APIRoute]:
    """Also of routers within others, those too that the document leaves out."""
    for route in routes:
        if isinstance(route, APIRoute):
            yield route
        elif (within := getattr(route, "original_router", None)) is not None:
            yield from each_route(within.routes)


@pytest.mark.parametrize("service", SERVICES)
def test_every_route_stands_in_one_rule_and_every_rule_has_its_routes(service: str) -> None:
    ruled = [route for rule in RULES if rule.service == service for route in rule.routes]
    assert [route for route, times in Counter(ruled).items() if times > 1] == []
    assert routes_of(service) - OPEN == set(ruled)


def test_names_of_rules_are_used_once_in_a_service() -> None:
    names = Counter((rule.service, rule.name) for rule in RULES)
    assert [name for name, times in names.items() if times > 1] == []


def test_people_are_shown_to_those_only_who_may_take_the_route() -> None:
    assert [rule.name for rule in RULES if not rule.people <= rule.who.keys()] == []

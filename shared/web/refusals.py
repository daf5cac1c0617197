"""What a route may refuse, said at the function that refuses: the route's own, or one that it depends on. From there the OpenAPI
document has it (`openapi.py`)."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

Function = TypeVar("Function", bound=Callable[..., Any])
Refusals = Mapping[int, Sequence[str]]
"""By status the stable codes; none where there are too many to name."""
_TOLD = "refuses"


def refuses(status: int, *codes: str) -> Callable[[Function], Function]:
    """Of a route, under its address, or of what routes depend on: it may answer so."""
    return refuses_all({status: codes})


def refuses_all(refusals: Refusals) -> Callable[[Function], Function]:
    def told(function: Function) -> Function:
        vars(function)[_TOLD] = together((vars(function).get(_TOLD, {}), refusals))
        return function

    return told


def told_by(function: Callable[..., Any]) -> Refusals:
    """What a function has said of itself."""
    found: Refusals = getattr(function, _TOLD, {})
    return found


def together(some: Iterable[Refusals]) -> dict[int, tuple[str, ...]]:
    """Each code once, by status."""
    found: dict[int, dict[str, None]] = {}
    for refusals in some:
        for status, codes in refusals.items():
            found.setdefault(status, {}).update(dict.fromkeys(codes))
    return {status: tuple(codes) for status, codes in sorted(found.items())}

"""Lists in pages: `?limit=` and an opaque `?cursor=` that names the last row's place in the order."""

import base64
import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Generic, TypeVar

import orjson
from fastapi import Depends, Query
from pydantic import BaseModel

from shared.errors import Fault, InvalidError

Row = TypeVar("Row")
Item = TypeVar("Item")


class Listed(BaseModel, Generic[Item]):
    """The shape of every list."""

    items: list[Item]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class Page:
    """Which page is wanted. `after` holds the sort values of the last row seen (JSON types), or None for the first page."""

    limit: int
    after: list[Any] | None

    @property
    def fetch(self) -> int:
        """How many rows to ask for: one more, to know whether there is a next page."""
        return self.limit + 1

    def listed(self, rows: Sequence[Row], place: Callable[[Row], Sequence[Any]], item: Callable[[Row], Any]) -> dict[str, Any]:
        """The answer from up to `fetch` rows; `place` gives a row's sort values."""
        shown = rows[: self.limit]
        more = len(rows) > self.limit
        return {"items": [item(row) for row in shown], "next_cursor": _encode(place(shown[-1])) if more else None}


def _encode(values: Sequence[Any]) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(list(values))).decode().rstrip("=")


def _decode(cursor: str) -> list[Any]:
    try:
        found = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if isinstance(found, list):
            return found
    except (binascii.Error, ValueError):
        pass
    raise InvalidError([Fault("/query/cursor", "invalid", "not a cursor that this list gave")])


def page_of(
    limit: Annotated[int, Query(ge=1, le=200, description="Items per page.")] = 50,
    cursor: Annotated[str | None, Query(max_length=1000, description="`next_cursor` of the page before.")] = None,
) -> Page:
    return Page(limit, None if cursor is None else _decode(cursor))


PageParam = Annotated[Page, Depends(page_of)]

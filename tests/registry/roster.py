"""Rosters for tests of registry: appointments as rows, as CSV bytes, and requests that send them."""

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

import httpx

from services.registry.imports.columns import COLUMNS
from tests.registry.running import NOW, Registry

FIELDS = [column.name for column in COLUMNS]
FIRST = 2
"""The number of the first row below the headings."""
Rows = Sequence[Mapping[str, Any]]


def as_csv(rows: Rows) -> bytes:
    """What is None is empty."""
    out = io.StringIO()
    writer = csv.DictWriter(out, FIELDS, restval="")
    writer.writeheader()
    writer.writerows({name: value for name, value in row.items() if value is not None} for row in rows)
    return out.getvalue().encode()


async def send(
    registry: Registry,
    content: bytes,
    *,
    now: str = NOW,
    who: Mapping[str, str] | None = None,
    key: str | None = None,
    http: httpx.AsyncClient | None = None,
    **query: Any,
) -> httpx.Response:
    headers = {"Songtor-Now": now, **(who or {}), **({} if key is None else {"Idempotency-Key": key})}
    file = {"file": ("roster.csv", content)}
    return await (http or registry.http).post("/volunteers/import", files=file, headers=headers, params=query)


async def taken(registry: Registry, rows: Rows, **how: Any) -> dict[str, Any]:
    """What became of the rows, of a file that is taken."""
    answer = await send(registry, as_csv(rows), **how)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def results(answer: Mapping[str, Any]) -> list[str]:
    return [one["result"] for one in answer["rows"]]


def faults(answer: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(one["column"], one["code"]) for one in answer["rows"] if one["result"] == "refused"]

"""Survey sheets for tests of intake: rows by field, as CSV bytes, and requests that send them."""

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

import httpx

from services.intake.imports.columns import COLUMNS
from shared.citizen_id import check_digit
from tests.intake.running import NOW, Intake

FIELDS = [column.name for column in COLUMNS]
FIRST = 2
"""The number of the first row below the headings."""

Row = dict[str, Any]


def citizen_id(number: int) -> str:
    """Of nobody: no office has the code 97xx."""
    first_twelve = f"19701{number:07d}"
    return first_twelve + check_digit(first_twelve)


def row(number: int = 1, **changed: Any) -> Row:
    """A named need, of somebody else for each number."""
    good = {
        "kind": "welfare",
        "area_code": "240409",
        "village_no": 3,
        "reported_at": "2021-05-10",
        "id_kind": "thai",
        "citizen_id": citizen_id(number),
        "title": "นาง",
        "first_name": "สมใจ",
        "last_name": f"ใจดี{number}",
        "worker_type": "informal",
        "consent": "ใช่",
        "detail": "ขอคำแนะนำเรื่องสวัสดิการ",
    }
    return good | changed


def as_csv(rows: Sequence[Mapping[str, Any]], fields: Sequence[str] = FIELDS) -> bytes:
    out = io.StringIO()
    writer = csv.DictWriter(out, fields, restval="")
    writer.writeheader()
    writer.writerows({name: value for name, value in one.items() if value is not None} for one in rows)
    return out.getvalue().encode()


async def send(
    intake: Intake,
    content: bytes,
    *,
    key: str | None = None,
    who: Mapping[str, str] | None = None,
    name: str = "survey.csv",
    prefer: str | None = None,
    http: httpx.AsyncClient | None = None,
    **query: Any,
) -> httpx.Response:
    headers = {**NOW, **({} if key is None else {"Idempotency-Key": key}), **(who or {})}
    headers |= {} if prefer is None else {"Prefer": prefer}
    return await (http or intake.http).post("/needs/import", files={"file": (name, content)}, headers=headers, params=query)


async def sent(intake: Intake, rows: Sequence[Mapping[str, Any]], **how: Any) -> dict[str, Any]:
    """What became of the rows, of a file that is taken."""
    answer = await send(intake, as_csv(rows), **how)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def results(answer: Mapping[str, Any]) -> list[str]:
    return [one["result"] for one in answer["rows"]]


def faults(answer: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(one["column"], one["code"]) for one in answer["rows"] if one["result"] == "refused"]

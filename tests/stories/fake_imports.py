"""Survey sheets as intake takes them in, by hand: rows that cannot be are refused, people who are known are matched, and it takes
a while."""

import io
from collections.abc import Callable
from email.parser import BytesParser
from typing import Any

import httpx
from python_calamine import CalamineWorkbook

from shared.citizen_id import is_valid, normalise
from shared.places import is_subdistrict


class FakeImports:
    """`later`: how many looks it takes until one is done. Of the mistakes that a sheet may have it does not find a wrong
    volunteer."""

    def __init__(self, later: int) -> None:
        self._later = later
        self._cases: dict[str, str] = {}
        self._taken: dict[str, dict[str, Any]] = {}
        self._looks: dict[str, int] = {}

    def take(self, content: bytes, report: Callable[[], str]) -> str:
        """`report` makes a case. Gives the import's id."""
        headings, *table = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()
        rows = [
            {"row": number, **self._row(dict(zip(map(str, headings), row, strict=True)), report)}
            for number, row in enumerate(table, start=2)
        ]
        counts = {result: sum(row["result"] == result for row in rows) for result in ("accepted", "matched", "refused")}
        import_id = f"import-{len(self._taken) + 1}"
        self._taken[import_id] = {"state": "done", "done": len(rows), "total": len(rows), **counts, "rows": rows}
        return import_id

    def look(self, import_id: str) -> dict[str, Any]:
        found, looks = self._taken[import_id], self._looks.get(import_id, 0)
        self._looks[import_id] = looks + 1
        return found if looks >= self._later else {**found, "state": "running", "done": looks, "rows": []}

    def _row(self, row: dict[str, Any], report: Callable[[], str]) -> dict[str, str]:
        number = normalise(str(row["เลขประจำตัวประชาชน"]).removesuffix(".0"))
        if not is_valid(number):
            return {"result": "refused", "column": "citizen_id", "code": "invalid_citizen_id"}
        if not row["ยินยอมให้ใช้ข้อมูล"]:
            return {"result": "refused", "column": "consent", "code": "consent_required"}
        if not is_subdistrict(str(row["รหัสตำบล"]).removesuffix(".0")):
            return {"result": "refused", "column": "area_code", "code": "unknown_place"}
        result = "matched" if number in self._cases else "accepted"
        return {"result": result, "case_id": self._cases.setdefault(number, report() if result == "accepted" else "")}


def sent_file(request: httpx.Request) -> bytes:
    """The one file of a multipart request."""
    head = f"Content-Type: {request.headers['content-type']}\r\n\r\n".encode()
    _, part = BytesParser().parsebytes(head + request.content).walk()
    content = part.get_payload(decode=True)
    assert isinstance(content, bytes)
    return content

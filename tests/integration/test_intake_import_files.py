"""What may be sent as a survey sheet and is none, or a bad one: refused with a code, nothing stored, nothing of it repeated or
kept in clear."""

import io
import logging
import zipfile
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any

import httpx
import orjson
import psycopg
import pytest
import xlsxwriter
from prometheus_client import generate_latest
from psycopg.rows import scalar_row

from services.intake.app import DEFINITION
from shared.ids import new_id
from shared.imports.upload import FILE_BYTES, PREFIX, uploads
from shared.process.api import build_api
from tests.intake.running import NOW, Intake, codes, running_intake
from tests.intake.survey import FIELDS, as_csv, faults, results, row, send, sent
from tests.support.callers import caller
from tests.support.servers import PostgresServer

pytestmark = pytest.mark.integration

MEGABYTE = 1024 * 1024
SECRETS = ("5973300001008", "ลับเฉพาะตน", "ความลับของชาวบ้าน", "089-999-1234")


@pytest.fixture
async def intake(postgres: PostgresServer, vault_dsn: str) -> AsyncIterator[Intake]:
    async with running_intake(postgres, vault_dsn) as running:
        yield running


def book(rows: list[list[Any]]) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as written:
        sheet = written.add_worksheet()
        for number, cells in enumerate(rows):
            for column, cell in enumerate(cells):
                (sheet.write_formula if str(cell).startswith("=") else sheet.write_string)(number, column, str(cell))
    return out.getvalue()


def bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("[Content_Types].xml", "<Types/>")
        packed.writestr("xl/workbook.xml", "<workbook/>")
        packed.writestr("xl/worksheets/sheet1.xml", b"0" * (300 * MEGABYTE))
    return out.getvalue()


FILES: dict[str, tuple[Callable[[], bytes], str]] = {
    "nothing": (lambda: b"", "no_rows"),
    "a picture": (lambda: b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 9, "unreadable_file"),
    "half a workbook": (lambda: book([FIELDS, ["welfare"]])[:2000], "unreadable_file"),
    "a bomb": (bomb, "unreadable_file"),
    "another form": (lambda: "ลำดับที่,วันที่ตรวจ\n1,2\n".encode(), "wrong_columns"),
    "a formula": (lambda: book([FIELDS, ['=HYPERLINK("http://e.vil")']]), "formula_in_file"),
    "headings alone": (lambda: as_csv([]), "no_rows"),
    "50,001 rows": (lambda: as_csv([row(1)]) + b",welfare,240409\n" * 50_000, "too_many_rows"),
}


@pytest.mark.parametrize("name", FILES)
async def test_a_file_that_cannot_be_taken_is_refused_whole(intake: Intake, name: str) -> None:
    made, code = FILES[name]
    answer = await send(intake, made(), key="k", prefer="respond-async")
    assert answer.status_code == 422, answer.text
    assert {found for _, found in codes(answer)} == {code}
    assert {pointer.split("/")[1] for pointer, _ in codes(answer)} == {"file"}
    assert await intake.store.head() == 0
    assert [*uploads(intake.settings.data_dir).glob(f"{PREFIX}*")] == []
    assert results((await send(intake, as_csv([row(1)]), key="k")).json()) == ["accepted"], "errors are not kept"


async def post(intake: Intake, **how: Any) -> httpx.Response:
    return await intake.http.post("/needs/import", headers={**NOW, **how.pop("headers", {})}, **how)


async def test_what_is_no_form_with_one_file_is_refused(intake: Intake) -> None:
    form = {"Content-Type": "multipart/form-data; boundary=b"}
    one = b'--b\r\nContent-Disposition: form-data; name="file"; filename="s.csv"\r\n\r\n' + as_csv([row(1)])
    for how, status, code in (
        ({"json": {}}, 415, "unsupported_media_type"),
        ({"content": as_csv([row(1)]), "headers": {"Content-Type": "text/csv"}}, 415, "unsupported_media_type"),
        ({}, 415, "unsupported_media_type"),
        ({"content": b"", "headers": {"Content-Type": "multipart/form-data"}}, 400, "invalid_multipart"),
        ({"content": b"nonsense", "headers": form}, 400, "invalid_multipart"),
        ({"content": one, "headers": form}, 400, "invalid_multipart"),
        ({"files": {"sheet": ("s.csv", b"a")}}, 422, "invalid"),
        ({"files": [("file", ("a.csv", b"a")), ("file", ("b.csv", b"b"))]}, 422, "invalid"),
        ({"files": {"file": ("s.csv", as_csv([row(1)]))}, "data": {"dry_run": "true"}}, 422, "unknown_field"),
        ({"data": {"a": "1"}, "files": {"a": ("", b"")}}, 422, "invalid"),
        ({"files": {"file": ("s.csv", b"a")}, "params": {"dry_run": "perhaps"}}, 422, "invalid"),
    ):
        answer = await post(intake, **how)
        assert (answer.status_code, answer.json()["code"]) == (status, code), how
    whole = await post(intake, content=one + b"\r\n--b--\r\n", headers=form)
    assert whole.status_code == 200
    missing = await post(intake, files={"sheet": ("s.csv", b"a")})
    assert codes(missing) == {("/*", "unknown_field"), ("/file", "required")}


async def test_more_than_twenty_megabytes_are_not_even_read(intake: Intake) -> None:
    read = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal read
        yield b'--b\r\nContent-Disposition: form-data; name="file"; filename="s.csv"\r\n\r\n'
        while True:
            read += MEGABYTE
            yield b"x" * MEGABYTE

    form = {"Content-Type": "multipart/form-data; boundary=b"}
    answer = await post(intake, content=endless(), headers=form)
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")
    assert read <= FILE_BYTES + 2 * MEGABYTE
    said = await post(intake, content=b"", headers=form | {"Content-Length": str(21 * MEGABYTE)})
    assert said.status_code == 413
    sent_ = await send(intake, b"x" * 21_000_000)
    assert (sent_.status_code, sent_.json()["code"]) == (413, "body_too_large")
    assert [*uploads(intake.settings.data_dir).glob(f"{PREFIX}*")] == []


async def test_outside_development_a_key_is_needed(intake: Intake) -> None:
    app = build_api(replace(DEFINITION), intake.settings.model_copy(update={"env": "production"}))
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://intake", headers=caller()) as http,
    ):
        answer = await http.post("/needs/import", files={"file": ("s.csv", b"a")})
        assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_missing")
        nobody = await http.post("/needs/import", files={"file": ("s.csv", b"a")}, headers={"Authorization": ""})
        assert nobody.status_code == 401
        auditor = await http.post("/needs/import", files={"file": ("s.csv", b"a")}, headers=caller("auditor"))
        assert auditor.status_code == 403


async def test_hostile_cells_are_words_or_are_refused(intake: Intake) -> None:
    formula = "=cmd|' /C calc'!A0"
    rows = [
        row(1, detail=formula),
        row(2, detail="เลข 1970100000011 ของเพื่อน"),
        row(3, first_name="สม\x07ใจ"),
        row(4, title="+SUM(1)", last_name="@ใจดี"),
        row(5, first_name="'; DROP TABLE events; --"),
        row(6, last_name="ใจ\0ดี"),
        row(7, detail="ก" * 4001),
    ]
    answer = await sent(intake, rows)
    assert results(answer) == ["accepted", "accepted", "refused", "accepted", "accepted", "refused", "refused"]
    assert faults(answer) == [("first_name", "invalid"), ("last_name", "invalid"), ("detail", "too_long")]
    cases = [await intake.case(one["case_id"]) for one in answer["rows"] if "case_id" in one]
    assert [case["detail"] for case in cases[:2]] == [formula, rows[1]["detail"]]
    assert [case["citizen"]["last_name"] for case in cases[2:]] == ["@ใจดี", "ใจดี5"]


async def test_nothing_personal_is_left_in_clear_anywhere(intake: Intake, caplog: pytest.LogCaptureFixture) -> None:
    number, name, words, phone = SECRETS
    secret = {"citizen_id": number, "last_name": name, "detail": words, "phone": phone}
    rows = [row(1, **secret), row(2, **secret, consent=None), row(3, id_kind="none", **secret | {"citizen_id": None})]
    with caplog.at_level(logging.DEBUG):
        answer = await send(intake, as_csv(rows), key=f"survey of {number}", name=f"{name}.csv")
        await send(intake, as_csv(rows), dry_run=True, name=f"{number}.csv")
        await send(intake, f"{name},{number}\n{words},{phone}\n".encode())
        assert results(answer.json()) == ["accepted", "refused", "accepted"]
        await intake.http.get(f"/imports/{answer.json()['import_id']}.xlsx")
    kept = [caplog.text, answer.text, generate_latest().decode()]
    async with await psycopg.AsyncConnection.connect(intake.database.owner, row_factory=scalar_row) as owner:
        found = await owner.execute("SELECT relname FROM pg_class WHERE relkind = 'r' AND relowner = current_user::regrole")
        tables = await found.fetchall()
        assert {"imports", "import_rows", "import_files", "audit"} <= set(tables)
        for table in tables:
            kept += await (await owner.execute(f'SELECT t::text FROM "{table}" t'.encode())).fetchall()
    escaped = [secret.encode().hex() for secret in SECRETS]
    assert [part for part in (*SECRETS, *escaped) if any(part in text for text in kept)] == []
    assert [*intake.settings.data_dir.rglob(f"{PREFIX}*")] == []


async def test_what_was_imported_is_written_down_by_row_and_as_a_whole(intake: Intake) -> None:
    rows = as_csv([row(1), row(2, consent=None), row(3, area_code="9"), row(4, consent=None)])
    answer = (await send(intake, rows, key="survey")).json()
    async with intake.store.connection() as connection:
        found = await connection.execute("SELECT action, person_ref::text, details::text, outcome FROM audit ORDER BY number")
        entries = await found.fetchall()
    person_ref = (await intake.case(answer["rows"][0]["case_id"]))["person_ref"]
    assert [entry[:2] for entry in entries] == [("needs.import", person_ref), ("needs.import", None)]
    assert f'"import_id":"{answer["import_id"]}"' in entries[1][2]
    counts = {"rows": 4, "accepted": 1, "matched": 0, "refused": 3, "by_code": {"consent_required": 2, "unknown_place": 1}}
    assert orjson.loads(entries[1][2]) == {"import_id": answer["import_id"], "dry_run": False, **counts}
    await send(intake, rows, key="survey")
    await send(intake, rows, key="survey", prefer="respond-async")
    await send(intake, b"nonsense")
    assert (await intake.http.get(f"/imports/{new_id()}")).status_code == 404
    async with intake.store.connection() as connection:
        found = await connection.execute(
            "SELECT outcome, status, details->>'location' FROM audit WHERE outcome <> 'ok' ORDER BY number"
        )
        place = f"/imports/{answer['import_id']}"
        assert await found.fetchall() == [
            ("replayed", 200, place),
            ("replayed", 202, place),
            ("wrong_columns", 422, None),
            ("not_found", 404, None),
        ]

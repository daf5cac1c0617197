"""Whatever is sent instead of a table is refused with a code, and the service that took it in goes on."""

import asyncio
import logging
import os
import signal
import struct
from pathlib import Path

import psutil  # type: ignore[import-untyped]  # it has no types
import pytest

from shared.errors import InvalidError, UnavailableError
from shared.sheets.apart import Job, done
from shared.sheets.reading import read_sheet
from tests.shared.tables import COLUMNS, NAMES, ROW, as_csv, as_xlsx, as_zip, refusal, taken, with_far_cell

WORKBOOK = as_xlsx([NAMES, ROW])
BOMB = as_zip({"xl/workbook.xml": bytes(30 * 1024**2)})
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def with_entry(archive: bytes, at: int, value: bytes) -> bytes:
    """With other bytes in the first entry of its central directory."""
    entry = archive.index(b"PK\x01\x02") + at
    return archive[:entry] + value + archive[entry + len(value) :]


UNREADABLE = {
    "a picture": b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4,
    "bytes of nothing": bytes(1000),
    "one long field": b'"' + b"x" * 1_100_000,
    "lines of nothing": b"\n" * 1_100_000,
    "half a workbook": WORKBOOK[: len(WORKBOOK) // 2],
    "a workbook without its end": WORKBOOK[:-30],
    "a bent workbook": WORKBOOK[:200] + b"\xff" * 300 + WORKBOOK[500:],
    "an old workbook of nothing": OLE + bytes(3000),
    "a locked one": OLE + os.urandom(3000),
    "another archive": as_zip({"readme.txt": b"a table?"}),
    "a binary workbook": as_zip({"xl/workbook.bin": b"x"}),
    "an encrypted archive": with_entry(as_zip({"xl/workbook.xml": b"x"}), 8, b"\1\0"),
    "a bomb": BOMB,
    "a bomb that denies it": with_entry(BOMB, 24, struct.pack("<I", 1000)),
    "an archive of a thousand": as_zip({"xl/workbook.xml": b"x"} | {f"{at}": b"" for at in range(1000)}),
}


@pytest.mark.parametrize("content", UNREADABLE.values(), ids=list(UNREADABLE))
def test_what_is_no_table_is_refused(content: bytes, tmp_path: Path) -> None:
    assert list(refusal(tmp_path / "sent", content)) == ["unreadable_file"]


def test_an_empty_file_has_no_rows(tmp_path: Path) -> None:
    assert list(refusal(tmp_path / "sent", b"")) == ["no_rows"]
    assert list(refusal(tmp_path / "sent", b"\xef\xbb\xbf\n\n")) == ["no_rows"]


@pytest.mark.parametrize("content", [b"<html><table><tr><td>citizen_id</td></tr></table>", b"%PDF-1.7\n1 0 obj\n", b"{}"])
def test_text_that_is_no_table_has_the_wrong_columns(content: bytes, tmp_path: Path) -> None:
    assert list(refusal(tmp_path / "sent", content)) == ["wrong_columns"]


def test_nul_bytes_in_a_row_are_the_rows_fault(tmp_path: Path) -> None:
    """They stay where they are, and the service's own check refuses the text."""
    row = taken(tmp_path / "sent", as_csv([NAMES, [*ROW[:-1], "ก\0ข"]]))[0]
    assert row.values["detail"] == "ก\0ข"


@pytest.mark.apart
async def test_a_table_that_takes_all_memory_is_refused_in_time(tmp_path: Path) -> None:
    """Two cells, with more between them than there is room for."""
    path = tmp_path / "sent"
    path.write_bytes(with_far_cell(WORKBOOK))
    with pytest.raises(InvalidError) as refused:
        await read_sheet(path, COLUMNS)
    assert [fault.code for fault in refused.value.faults] == ["unreadable_file"]


@pytest.mark.apart
async def test_a_table_that_is_refused_is_not_quoted(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "sent"
    path.write_bytes(as_csv([["citizen_id", "สมใจ ใจดี"], ["1970100000011", "ลับ"]]))
    with caplog.at_level(logging.DEBUG), pytest.raises(InvalidError) as refused:
        await read_sheet(path, COLUMNS)
    said = caplog.text + repr([(fault.code, fault.message) for fault in refused.value.faults])
    assert [word for word in ("สมใจ", "1970100000011", "ลับ") if word in said] == []


@pytest.mark.apart
async def test_rows_come_from_a_file_that_has_no_name(tmp_path: Path) -> None:
    path = tmp_path / "sent"
    path.write_bytes(WORKBOOK)
    with await read_sheet(path, COLUMNS) as sheet:
        path.unlink()
        assert sheet.total == 1
        assert [row.number for row in sheet.rows()] == [2]
        assert [len(chunk) for chunk in sheet.chunks(10)] == [1]
        assert os.listdir(tmp_path) == []


@pytest.fixture
def endless(tmp_path: Path) -> Path:
    """A file that whoever reads it waits for."""
    path = tmp_path / "sent"
    os.mkfifo(path)
    return path


async def reader(own: set[int]) -> psutil.Process:
    """The process that reads, once there is one."""
    while True:
        children = [child for child in psutil.Process().children() if child.pid not in own]
        if children:
            return children[0]
        await asyncio.sleep(0.01)


@pytest.mark.apart
async def test_a_file_that_is_never_read_to_its_end_is_given_up(endless: Path) -> None:
    own = {child.pid for child in psutil.Process().children()}
    with pytest.raises(InvalidError):
        await done(Job("read", endless, COLUMNS, 10), seconds=0.3)
    assert {child.pid for child in psutil.Process().children()} == own


@pytest.mark.apart
async def test_a_reader_that_is_killed_is_the_machines_fault(endless: Path) -> None:
    own = {child.pid for child in psutil.Process().children()}
    reading = asyncio.create_task(read_sheet(endless, COLUMNS))
    (await reader(own)).send_signal(signal.SIGKILL)
    with pytest.raises(UnavailableError, match="reading_failed"):
        await reading


@pytest.mark.apart
async def test_a_reader_ends_with_whoever_wanted_it(endless: Path) -> None:
    own = {child.pid for child in psutil.Process().children()}
    reading = asyncio.create_task(read_sheet(endless, COLUMNS))
    process = await reader(own)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    assert not process.is_running()

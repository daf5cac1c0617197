"""A spreadsheet (XLSX, XLS, ODS) as rows of cells: of its first sheet that can be seen."""

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from python_calamine import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from shared.errors import Fault, InvalidError
from shared.sheets import old_books
from shared.sheets.archives import Archive, UnfitError
from shared.sheets.cells import Cell

ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ODS = b"application/vnd.oasis.opendocument.spreadsheet"


def rows_in(path: Path) -> Iterator[tuple[int, list[Cell]]]:
    """(number as the sheet shows it, cells) of every row up to the last that holds anything.

    Raises InvalidError `formula_in_file`: what it would come to is nothing that somebody has typed. Raises UnfitError, OSError,
    and what calamine raises, for what is no spreadsheet."""
    with path.open("rb") as file:
        archive = Archive(file) if file.read(len(ZIP)) == ZIP else None
        if archive is not None and not _is_xlsx(archive) and not _is_ods(archive):
            raise UnfitError
        # By a path it would be taken for what its name says.
        with path.open("rb") as again, CalamineWorkbook.from_filelike(again) as book:
            at = _first_seen(book)
            if _has_formulas(file, archive, at):
                raise InvalidError([Fault("/file", "formula_in_file", "cells must hold values, not formulas")])
            sheet = book.get_sheet_by_index(at)
            for number, cells in enumerate(sheet.iter_rows(), start=1):
                yield number, list(cells)


def _has_formulas(file: BinaryIO, archive: Archive | None, sheet: int) -> bool:
    if archive is None:
        file.seek(0)
        return old_books.has_formulas(file, sheet)
    return archive.has_xlsx_formulas(sheet) if _is_xlsx(archive) else archive.has_ods_formulas()


def _is_xlsx(archive: Archive) -> bool:
    return "xl/workbook.xml" in archive.names


def _is_ods(archive: Archive) -> bool:
    return archive.start_of("mimetype", 100).startswith(_ODS) and "content.xml" in archive.names


def _first_seen(book: CalamineWorkbook) -> int:
    for at, sheet in enumerate(book.sheets_metadata):
        if sheet.visible == SheetVisibleEnum.Visible and sheet.typ == SheetTypeEnum.WorkSheet:
            return at
    raise UnfitError

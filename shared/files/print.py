"""A paper as PDF, by typst: same paper, same bytes. Slow and hungry: `press.py` has it done in other processes."""

import json
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

import typst

from shared.files.fitting import in_lines, pieces
from shared.files.paper import MADE_AT, Column, Paper, Section, Typeset

FONT_FILES = ("400Regular/Sarabun_400Regular.ttf", "700Bold/Sarabun_700Bold.ttf")
"""Below the directory of `SONGTOR_FONTS`."""
ARCHIVED: Literal["a-2a"] = "a-2a"
TAGGED: Literal["1.7"] = "1.7"
REPORT = ("shared.files", "templates/report.typ")
PAGE_MM = 180.0
INSET_MM = 2.4


def as_pdf(paper: Paper | Typeset, fonts: Path) -> bytes:
    """PDF/A-2a, or a PDF as well tagged where a name has signs that no font of ours has: an archive takes none with gaps.
    `fonts`: the directory of Sarabun."""
    drawn = paper if isinstance(paper, Typeset) else Typeset(REPORT, _described(paper))
    data = json.dumps(drawn.data, ensure_ascii=False, separators=(",", ":"))
    try:
        return _compiled(drawn.template, data, fonts, ARCHIVED)
    except typst.TypstError:
        return _compiled(drawn.template, data, fonts, TAGGED)


def _compiled(template: tuple[str, str], data: str, fonts: Path, standard: Literal["a-2a", "1.7"]) -> bytes:
    made = _compiler(fonts).compile(
        _template(*template), format="pdf", sys_inputs={"data": data}, pdf_standards=standard, timestamp=MADE_AT
    )
    assert isinstance(made, bytes)
    return made


@cache
def _compiler(fonts: Path) -> typst.Compiler:
    """No font of the machine is looked at, so that none prints otherwise than another; typst's own have what Sarabun lacks."""
    return typst.Compiler(font_paths=typst.Fonts(False, True, [str((fonts / name).parent) for name in FONT_FILES]))


@cache
def _template(package: str, path: str) -> bytes:
    return files(package).joinpath(path).read_bytes()


def _described(paper: Paper) -> dict[str, Any]:
    return {
        "name": " ".join(paper.title),
        "corner": paper.corner,
        "title": [pieces(line, PAGE_MM) for line in paper.title],
        "revised": paper.revised,
        "sections": [_section(section) for section in paper.sections],
        "notes": list(paper.notes),
        "signed": paper.signed,
        "signer": paper.signer,
        "landscape": paper.landscape,
    }


def _section(section: Section) -> dict[str, Any]:
    columns = section.columns
    return {
        "heading": section.heading,
        "columns": [
            {"heading": c.heading, "width": c.width_mm, "align": c.align, "under": c.under, "kind": c.kind} for c in columns
        ],
        "rows": [[_cell(column, text) for column, text in zip(columns, row, strict=True)] for row in section.shown],
    }


def _cell(column: Column, text: str) -> str | list[str]:
    width = column.width_mm - INSET_MM
    return pieces(in_lines(text, width) if column.kind == "name" else text, width)

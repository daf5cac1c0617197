"""The roster as a table: its columns are an appointment's fields, and its own example is one."""

import io
from datetime import date
from pathlib import Path

import orjson
from python_calamine import CalamineWorkbook

from services.registry.bodies import AppointBody, appointment_faults
from services.registry.imports.columns import COLUMNS, LEVELS, TITLE
from services.registry.imports.kind import VOLUNTEERS
from shared.events.codes import Level
from shared.sheets.headings import plain
from shared.sheets.parsing import parse
from shared.sheets.template import template


def test_every_column_is_a_field_of_an_appointment_in_its_order() -> None:
    assert [column.name for column in COLUMNS] == [*AppointBody.model_fields]
    required = {name for name, field in AppointBody.model_fields.items() if field.is_required()}
    assert {column.name for column in COLUMNS if column.required} == required


def test_no_heading_means_two_columns_and_no_word_two_levels() -> None:
    headings = [plain(heading) for column in COLUMNS for heading in {column.name, *column.headings}]
    assert len(headings) == len(set(headings))
    assert set(LEVELS) == {*Level}
    (level,) = [column for column in COLUMNS if column.name == "level"]
    assert set(level.synonyms.values()) <= {*Level}


def test_the_example_of_the_template_is_an_appointment(tmp_path: Path) -> None:
    book = CalamineWorkbook.from_filelike(io.BytesIO(template(COLUMNS, ("240409",), title=TITLE)))
    headings, example = list(book.get_sheet_by_name("ตัวอย่าง").iter_rows())[:2]
    sent = tmp_path / "sent"
    sent.write_text("\n".join("\t".join(map(str, row)) for row in (headings, example)), encoding="utf-8")
    (row,) = parse(sent, COLUMNS, 1)[1]
    body = AppointBody.model_validate_json(orjson.dumps(row.values))
    assert appointment_faults(row.values, date(2021, 5, 1)) == []
    assert (body.level, body.area_code, body.appointed_on, body.order_no) == (
        "subdistrict",
        "240409",
        date(2021, 5, 25),
        "292/2564",
    )


def test_the_template_offers_districts_for_those_of_that_level() -> None:
    areas = VOLUNTEERS.areas("24")
    assert {"240409", "2404"} <= {*areas}
    assert {area[:2] for area in areas} == {"24"}

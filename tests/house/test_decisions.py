"""Decisions are kept alike: numbered without holes, four questions answered, short enough to be read."""

import re
from pathlib import Path

import pytest

from tests.house.tree import ROOT, files, name_of

FOLDER = ROOT / "docs" / "decisions"
HEADINGS = ["## Context", "## Decision", "## Consequences", "## Alternatives"]
LINES = 60
RECORDS = sorted(path for path in files() if path.parent == FOLDER and re.match(r"\d{4}-", path.name))
each_record = pytest.mark.parametrize("record", RECORDS, ids=[record.name for record in RECORDS])


def test_records_are_numbered_without_holes() -> None:
    assert len(RECORDS) > 10
    assert [int(record.name[:4]) for record in RECORDS] == list(range(1, len(RECORDS) + 1))


@each_record
def test_a_record_answers_four_questions_in_order(record: Path) -> None:
    lines = record.read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith(f"# {int(record.name[:4])}. ")
    assert [line for line in lines if line.startswith("## ")] == HEADINGS
    assert len(lines) <= LINES, f"{name_of(record)} has {len(lines)} lines"


def test_the_index_names_every_record() -> None:
    index = (FOLDER / "README.md").read_text(encoding="utf-8")
    for record in RECORDS:
        assert f"({record.name})" in index

"""Citizen IDs are found in files of many manners; what is none is named by its line, and no content can stop the rest."""

import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.routing.roster.reading import (
    CHECK_DIGIT,
    LONGEST_LINE,
    MALFORMED,
    NOT_13_DIGITS,
    NOT_UTF8,
    TOO_LONG,
    RosterFile,
    RosterFileError,
)
from shared import sealing
from shared.citizen_id import is_valid
from shared.roster.editions import BadLine, entry
from tests.routing.rosters import PEPPER, number, numbers, write, wrong

A, B, C = numbers(3)
THAI = str.maketrans("0123456789", "๐๑๒๓๔๕๖๗๘๙")


def dashed(plain: str) -> str:
    return "-".join((plain[0], plain[1:5], plain[5:10], plain[10:12], plain[12]))


def read(path: Path, *, after: int = 0, of: int = 50_000) -> tuple[list[str], list[tuple[int, str]]]:
    found: list[str] = []
    bad: list[BadLine] = []
    for batch in RosterFile.found(path).batches(after=after, of=of):
        found += batch.numbers
        bad += batch.bad
    return found, [(one.line, one.reason) for one in bad]


@pytest.mark.parametrize("name", ["plain.csv", "packed.csv.gz", "packed-without-saying-so"])
@pytest.mark.parametrize("bom", [False, True])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_one_column_is_read_packed_or_not_with_and_without_a_mark(tmp_path: Path, name: str, bom: bool, end: str) -> None:
    path = write(tmp_path / name.replace("packed-without-saying-so", "x.gz"), [A, B, C], bom=bom, end=end)
    if "without" in name:
        path = path.rename(tmp_path / name)
    assert read(path) == ([A, B, C], [])


@pytest.mark.parametrize(
    "line", [A, f" {A} ", f'"{A}"', dashed(A), f'"{dashed(A)}"', A.translate(THAI), dashed(A).translate(THAI), f"{A[:5]} {A[5:]}"]
)
def test_a_number_may_be_written_in_many_ways(tmp_path: Path, line: str) -> None:
    assert read(write(tmp_path / "one.csv", [line, B])) == ([A, B], [])


@pytest.mark.parametrize("heading", ["citizen_id", "เลขประจำตัวประชาชน", "CITIZEN_ID", '" citizen_id "'])
@pytest.mark.parametrize("bom", [False, True])
def test_a_headed_column_is_found_among_others(tmp_path: Path, heading: str, bom: bool) -> None:
    lines = [f"ชื่อ,{heading},อำเภอ", f'"ใจดี, สมใจ",{A},บางปะกง', f'x,"{dashed(B)}",', f"{C},{C}", f"{A}"]
    assert read(write(tmp_path / "many.csv", lines, bom=bom)) == ([A, B, C], [(5, NOT_13_DIGITS)])
    assert read(write(tmp_path / "one.csv", ["", heading, A], bom=bom)) == ([A], [])


@pytest.mark.parametrize("first", ["name,pid", f"{A},สมใจ", "citizen_id,citizen_id", "citizen_id,เลขประจำตัวประชาชน"])
def test_several_columns_of_which_not_one_is_the_numbers_are_refused(tmp_path: Path, first: str) -> None:
    with pytest.raises(RosterFileError, match="several columns") as refused:
        read(write(tmp_path / "many.csv", [first, f"{A},{B}"]))
    assert A not in str(refused.value)


def test_what_is_no_id_is_named_by_its_line_and_reason_and_the_rest_is_read(tmp_path: Path) -> None:
    lines: list[str | bytes] = [A, wrong(7), "", "สมใจ", b"\xff\xfe" + A.encode(), "   ", A[:12], A + "0", '"' + A, "1.9701E+12"]
    lines += ["x" * (LONGEST_LINE * 3), f"={A}", f"{A},x", A.replace("1", "²"), "\0" * 13, B]
    reasons = {2: CHECK_DIGIT, 4: NOT_13_DIGITS, 5: NOT_UTF8, 7: NOT_13_DIGITS, 8: NOT_13_DIGITS, 9: MALFORMED}
    reasons |= {10: NOT_13_DIGITS, 11: TOO_LONG, 12: NOT_13_DIGITS, 14: NOT_13_DIGITS, 15: NOT_13_DIGITS}
    assert read(write(tmp_path / "bad.csv", lines)) == ([A, A, B], sorted(reasons.items()))


def test_a_file_without_numbers_ends_at_its_first_batch(tmp_path: Path) -> None:
    path = write(tmp_path / "names.csv", ["สมใจ"] * 25)
    with pytest.raises(RosterFileError, match="lines 1 to 10") as refused:
        read(path, of=10)
    assert "สมใจ" not in str(refused.value)
    with pytest.raises(RosterFileError, match="lines 11 to 20"):
        read(write(tmp_path / "half.csv", [A] * 10 + ["สมใจ"] * 10), of=10)
    assert read(write(tmp_path / "end.csv", [A] * 10 + ["สมใจ"]), of=10) == ([A] * 10, [(11, NOT_13_DIGITS)])


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32"])
def test_a_file_in_another_encoding_holds_no_id(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "other.csv"
    path.write_text("\n".join(numbers(30)), encoding=encoding)
    with pytest.raises(RosterFileError, match="no citizen ID"):
        read(path, of=10)


@pytest.mark.parametrize("cut", [1, 8, 200])
def test_a_packed_file_that_was_cut_off_is_damaged(tmp_path: Path, cut: int) -> None:
    path = write(tmp_path / "cut.csv.gz", numbers(5_000))
    path.write_bytes(path.read_bytes()[:-cut])
    with pytest.raises(RosterFileError, match="damaged"):
        read(path)


def test_a_packed_file_with_changed_bytes_is_damaged(tmp_path: Path) -> None:
    path = write(tmp_path / "changed.csv.gz", numbers(5_000))
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    path.write_bytes(content)
    with pytest.raises(RosterFileError, match="damaged"):
        read(path)


def test_a_file_that_changes_while_it_is_read_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "growing.csv", numbers(30))
    batches = RosterFile.found(path).batches(of=10)
    next(batches)
    with path.open("a") as more:
        more.write(number(99) + "\n")
    with pytest.raises(RosterFileError, match="was changed"):
        list(batches)


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RosterFileError, match="no file"):
        RosterFile.found(tmp_path)


@given(
    lines=st.lists(st.sampled_from([A, B, C, "", "x", wrong(1), dashed(A)]), min_size=1, max_size=40),
    of=st.integers(2, 12),
    data=st.data(),
)
def test_wherever_reading_goes_on_all_of_it_is_read_once(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str], of: int, data: st.DataObject
) -> None:
    lines = ["citizen_id", A, *(line for each in lines for line in (each, A))]  # no batch is without a number
    path = write(tmp_path_factory.mktemp("roster") / "some.csv", lines)
    whole = read(path)
    ends = [0, *(batch.lines for batch in RosterFile.found(path).batches(of=of))]
    after = data.draw(st.sampled_from(ends))
    before = [batch for batch in RosterFile.found(path).batches(of=of) if batch.lines <= after]
    rest = read(path, after=after, of=of)
    assert [each for batch in before for each in batch.numbers] + rest[0] == whole[0]
    assert [(one.line, one.reason) for batch in before for one in batch.bad] + rest[1] == whole[1]


@given(content=st.binary(max_size=400))
def test_no_content_whatever_does_more_than_be_refused(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.mktemp("roster") / "any.csv"
    path.write_bytes(content)
    try:
        found, _ = read(path, of=3)
    except RosterFileError:
        return
    assert all(is_valid(each) for each in found)


@pytest.mark.apart
def test_memory_does_not_grow_with_a_line_without_end(tmp_path: Path) -> None:
    path = tmp_path / "endless.csv"
    with path.open("wb") as endless:
        endless.writelines(b"1" * (1 << 20) for _ in range(32))
        endless.write(b"\n" + A.encode())
    tracemalloc.start()
    try:
        assert read(path) == ([A], [(1, TOO_LONG)])
        assert tracemalloc.get_traced_memory()[1] < 8 << 20
    finally:
        tracemalloc.stop()


@pytest.mark.apart
def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    peaks = []
    for count in (500, 20_000):
        file = RosterFile.found(write(tmp_path / f"{count}.csv.gz", numbers(count)))
        tracemalloc.start()
        try:
            assert sum(len(batch.numbers) for batch in file.batches(of=100)) == count
            peaks.append(tracemalloc.get_traced_memory()[1])
        finally:
            tracemalloc.stop()
    assert peaks[1] < 1.1 * peaks[0]


@given(count=st.integers(0, 10**9 - 1))
def test_an_entry_is_the_first_half_of_the_persons_keyed_hash(count: int) -> None:
    plain = number(count)
    assert sealing.person_hash(PEPPER, "thai", dashed(plain)).startswith(entry(PEPPER, plain))
    assert not sealing.person_hash(PEPPER, "other", plain).startswith(entry(PEPPER, plain))

"""What a process writes about itself, and what it must never write."""

import io
import json
import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.citizen_id import check_digit, contains_valid_id
from shared.errors import UnavailableError
from shared.logs import ONCE_IN_S, REDACTED, OnceInAWhile, json_lines, redacted, set_up, within

ID = "1970100000011"


class Output:
    """A logger of its own with our handler, and what it wrote."""

    def __init__(self) -> None:
        self.stream = io.StringIO()
        self.logger = logging.Logger("shared.test", logging.DEBUG)
        self.logger.addHandler(json_lines("intake", "worker", self.stream))

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.stream.getvalue().split("\n")[:-1]]


@pytest.fixture
def output() -> Output:
    return Output()


@pytest.fixture
def logging_as_it_was() -> Iterator[None]:
    root = logging.root
    handlers, level, names = root.handlers[:], root.level, ("aiokafka", "faust", "mode", "kafka", "psycopg")
    levels = {name: logging.getLogger(name).level for name in names}
    access = logging.getLogger("uvicorn.access").disabled
    yield
    logging.captureWarnings(False)
    root.handlers[:], root.level = handlers, level
    for name, before in levels.items():
        logging.getLogger(name).setLevel(before)
    logging.getLogger("uvicorn.access").disabled = access


def test_a_line_says_when_who_and_what(output: Output) -> None:
    output.logger.warning("relay starts again after %s", "KafkaError", extra={"error": "KafkaError"})
    (line,) = output.lines()
    written_at = datetime.fromisoformat(line.pop("time"))
    assert written_at.utcoffset() == timedelta(0)
    assert abs(datetime.now(UTC) - written_at) < timedelta(minutes=1)
    assert line == {
        "level": "WARNING",
        "service": "intake",
        "process": "worker",
        "logger": "shared.test",
        "message": "relay starts again after KafkaError",
        "error": "KafkaError",
    }


def test_lines_of_a_request_carry_its_id(output: Output) -> None:
    with within("0192-aa", actor="somebody"):
        output.logger.info("within")
        with within("0192-bb", trace_id="4bf9"):
            output.logger.info("deeper")
    output.logger.info("without")
    named = [{name: line.get(name) for name in ("request_id", "trace_id", "actor")} for line in output.lines()]
    assert named == [
        {"request_id": "0192-aa", "trace_id": "0192aa", "actor": "somebody"},
        {"request_id": "0192-bb", "trace_id": "4bf9", "actor": None},
        {"request_id": None, "trace_id": None, "actor": None},
    ]


def test_thai_text_and_line_breaks_stay_one_readable_line(output: Output) -> None:
    output.logger.info("ศูนย์\nประสานงาน")
    assert len(output.stream.getvalue().splitlines()) == 1
    assert "ศูนย์" in output.stream.getvalue()


@pytest.mark.parametrize("spelling", [ID, "1-9701-00000-01-1", "1 9701 00000 01 1", "๑๙๗๐๑๐๐๐๐๐๐๑๑"])
def test_a_citizen_id_is_redacted_wherever_it_stands(output: Output, spelling: str) -> None:
    output.logger.info("refused " + spelling)
    output.logger.info("refused %s", spelling, extra={"where": {"deep": [f"id={spelling};"]}, spelling: 1})
    try:
        raise ValueError(f"Key (citizen_id)=({spelling}) already exists")
    except ValueError:
        output.logger.exception("failed")
    written = output.stream.getvalue()
    assert spelling not in written
    assert written.count("[redacted]") == 4
    assert len(output.lines()) == 3


def test_an_exception_is_named_with_its_place_and_without_its_words(output: Output) -> None:
    try:
        try:
            raise KeyError("สมใจ ใจดี")
        except KeyError as error:
            raise ValueError("0812345678") from error
    except ValueError as error:
        output.logger.exception("failed")
        output.logger.warning("gave up: %s", error)
        output.logger.warning(error)
    assert not any(word in output.stream.getvalue() for word in ("สมใจ", "0812345678"))
    failed, *others = output.lines()
    assert [(one["type"], one["at"][-1].partition(":")[0]) for one in failed["exception"]] == [
        ("ValueError", "tests/shared/test_logs.py"),
        ("KeyError", "tests/shared/test_logs.py"),
    ]
    assert [line["message"] for line in others] == ["gave up: ValueError", "ValueError"]


def test_what_the_machine_says_of_a_failure_is_repeated(output: Output) -> None:
    try:
        raise UnavailableError("database_unavailable") from ConnectionRefusedError(111, "Connection refused")
    except UnavailableError as error:
        output.logger.error("failed", exc_info=error)
        output.logger.error("failed: %s", error)
    failed, said = output.lines()
    assert [one["words"] for one in failed["exception"]] == ["database_unavailable", "[Errno 111] Connection refused"]
    assert said["message"] == "failed: database_unavailable"


def test_a_task_that_failed_unseen_is_named_without_what_it_held(output: Output) -> None:
    record = logging.LogRecord("asyncio", logging.ERROR, "", 0, "Task exception was never retrieved\nfuture: 'สมใจ'", (), None)
    output.logger.handle(record)
    assert [line["message"] for line in output.lines()] == ["Task exception was never retrieved"]


SEPARATED = st.sampled_from(["", "-", " ", "\u2013", "\u00a0", "\u200b", ".", " - "])
DIGITS = st.sampled_from(["0123456789", "๐๑๒๓๔๕๖๗๘๙", "\uff10\uff11\uff12\uff13\uff14\uff15\uff16\uff17\uff18\uff19"])


@given(
    twelve=st.from_regex(r"[0-8]97[0-9]{9}", fullmatch=True),
    separators=st.tuples(*[SEPARATED] * 4),
    digits=DIGITS,
    around=st.tuples(*[st.text(st.characters(exclude_categories=["Nd", "Cs"]), max_size=8)] * 2),
)
def test_no_spelling_of_a_valid_id_gets_into_a_line(
    twelve: str, separators: tuple[str, ...], digits: str, around: tuple[str, str]
) -> None:
    number = (twelve + check_digit(twelve)).translate(str.maketrans("0123456789", digits))
    parts = [number[0], number[1:5], number[5:10], number[10:12], number[12]]
    spelled = parts[0] + "".join(separator + part for separator, part in zip(separators, parts[1:], strict=True))
    output = Output()
    output.logger.info("%s%s%s", around[0], spelled, around[1], extra={"given": {spelled: [around[0] + spelled]}})
    assert not contains_valid_id(json.loads(output.stream.getvalue())["message"])
    (line,) = output.lines()
    assert spelled not in json.dumps(line, ensure_ascii=False)
    assert line["message"] == f"{around[0]}{REDACTED}{around[1]}"


@given(st.uuids(), st.text(st.characters(exclude_categories=[]), max_size=20))
def test_a_line_is_json_whatever_is_in_it(value: Any, text: str) -> None:
    output = Output()
    output.logger.info(text, extra={"value": value, "of": {1: {value}}, "raw": b"\xff", "far": 2**70, f"x{text}": text})
    assert len(output.lines()) == 1


def test_a_citizen_id_that_came_as_a_number_is_redacted(output: Output) -> None:
    output.logger.info("%d", int(ID), extra={"number": int(ID), "count": 7, "ok": True, "share": 0.5})
    (line,) = output.lines()
    assert (line["message"], line["number"]) == ("[redacted]", "[redacted]")
    assert (line["count"], line["ok"], line["share"]) == (7, True, 0.5)


@given(st.uuids())
def test_ids_of_machines_are_left_alone(value: Any) -> None:
    assert redacted(f"case {value} done, {value.hex}") == f"case {value} done, {value.hex}"


def test_a_long_row_of_digits_with_an_id_in_it_is_redacted_whole() -> None:
    assert redacted(f"row 99{ID}0 of 2564") == "row [redacted] of 2564"


@pytest.mark.parametrize("number", ["1970100000012", "197010000001", "2021-05-07T02:30:00.123456Z"])
def test_other_numbers_are_left_alone(number: str) -> None:
    assert redacted(number) == number


def test_a_library_that_repeats_itself_is_heard_once_in_a_while() -> None:
    now = 0.0
    once = OnceInAWhile(lambda: now)

    def said(name: str, message: str) -> logging.LogRecord | None:
        record = logging.LogRecord(name, logging.ERROR, "", 0, message, ("node 1",), None)
        return record if once.filter(record) else None

    assert said("aiokafka.client", "no answer from %s") is not None
    assert [said("aiokafka.client", "no answer from %s") for _ in range(70)] == [None] * 70
    assert said("aiokafka.client", "another thing %s") is not None
    assert said("shared.relay", "ours %s") is not None
    assert said("shared.relay", "ours %s") is not None
    now += ONCE_IN_S
    again = said("aiokafka.client", "no answer from %s")
    assert again is not None
    assert again.__dict__["left_out"] == 70


@pytest.mark.usefixtures("logging_as_it_was")
def test_set_up_leaves_one_handler_and_silences_addresses(capsys: pytest.CaptureFixture[str]) -> None:
    set_up("registry", "api", "INFO")
    set_up("registry", "api", "INFO")
    logging.getLogger("uvicorn.access").warning("GET /needs/1")
    logging.getLogger("aiokafka.consumer").info("chatter")
    logging.getLogger("services.registry").debug("too fine")
    logging.getLogger("services.registry").info("ready")
    captured = capsys.readouterr()
    assert captured.out == ""
    (line,) = captured.err.splitlines()
    assert json.loads(line)["message"] == "ready"

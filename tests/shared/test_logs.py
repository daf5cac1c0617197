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

from shared.logs import ONCE_IN_S, REQUEST_ID, OnceInAWhile, json_lines, redacted, set_up

ID = "1970100000011"


class Output:
    """A logger of its own with our handler, and what it wrote."""

    def __init__(self) -> None:
        self.stream = io.StringIO()
        self.logger = logging.Logger("shared.test", logging.DEBUG)
        self.logger.addHandler(json_lines("intake", "worker", self.stream))

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.stream.getvalue().splitlines()]


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
    token = REQUEST_ID.set("r-1")
    output.logger.info("within")
    REQUEST_ID.reset(token)
    output.logger.info("without")
    within, without = output.lines()
    assert within["request_id"] == "r-1"
    assert "request_id" not in without


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
    assert written.count("[redacted]") == 5
    assert len(output.lines()) == 3


def test_a_citizen_id_that_came_as_a_number_is_redacted(output: Output) -> None:
    output.logger.info("%d", int(ID), extra={"number": int(ID), "count": 7, "ok": True, "share": 0.5})
    (line,) = output.lines()
    assert (line["message"], line["number"]) == ("[redacted]", "[redacted]")
    assert (line["count"], line["ok"], line["share"]) == (7, True, 0.5)


@given(st.uuids())
def test_uuids_are_left_alone(value: Any) -> None:
    assert redacted(f"case {value} done") == f"case {value} done"


@pytest.mark.parametrize("number", ["1970100000012", "197010000001", "19701000000110", "2021-05-07T02:30:00.123456Z"])
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

"""What the log says of events that were heard."""

import io
import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest

from shared.consume.telling import EACH_UP_TO, handling, say_taken
from shared.logs import json_lines
from shared.store.groups import Heard

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"  # pragma: allowlist secret
REQUEST, ACTOR = "0192f0c4-1111-7222-8333-444455556666", "9d2c0a3e-0000-4000-8000-000000000001"


@dataclass(frozen=True)
class Log:
    stream: io.StringIO

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.stream.getvalue().splitlines()]


@pytest.fixture
def log() -> Iterator[Log]:
    stream = io.StringIO()
    handler = json_lines("routing", "worker", stream)
    logger = logging.getLogger("shared.consume.telling")
    logger.addHandler(handler)
    before = logger.level
    logger.setLevel(logging.INFO)
    yield Log(stream)
    logger.removeHandler(handler)
    logger.setLevel(before)


def heard(number: int, *, topic: str = "intake.needs", **meta: str) -> Heard:
    told = orjson.dumps({"correlation": REQUEST, "actor": ACTOR, **meta}).decode()
    at = datetime(2021, 5, 7, tzinfo=UTC)
    return Heard(
        "intake", uuid4(), 1, UUID(int=number), "NeedReported", 1, '{"kind":"welfare"}', told, at, False, topic, 0, number
    )


def test_a_handled_event_is_one_line_with_the_request_that_it_goes_back_to(log: Log) -> None:
    with handling(heard(7, traceparent=f"00-{TRACE}-00f067aa0ba902b7-01")):
        logging.getLogger("shared.consume.telling").info("meanwhile")
    meanwhile, line = log.lines()
    assert (meanwhile["request_id"], meanwhile["trace_id"], meanwhile["actor"]) == (REQUEST, TRACE, ACTOR)
    assert line.pop("ms") >= 0
    expected = {"message": "handled", "type": "NeedReported", "event_id": str(UUID(int=7)), "topic": "intake.needs", "offset": 7}
    assert expected.items() <= line.items()
    assert (line["request_id"], line["trace_id"], line["actor"]) == (REQUEST, TRACE, ACTOR)
    assert "welfare" not in log.stream.getvalue()


def test_an_event_without_a_trace_has_the_one_of_its_request(log: Log) -> None:
    with handling(heard(7)):
        pass
    assert log.lines()[0]["trace_id"] == REQUEST.replace("-", "")


def test_of_an_event_that_fails_it_is_not_said_that_it_was_handled(log: Log) -> None:
    with pytest.raises(KeyError), handling(heard(7)):
        raise KeyError
    assert log.lines() == []


def test_what_the_bulk_ear_takes_during_the_day_is_a_line_each(log: Log) -> None:
    say_taken([heard(number) for number in range(EACH_UP_TO)])
    assert [line["offset"] for line in log.lines()] == list(range(EACH_UP_TO))
    assert {line["request_id"] for line in log.lines()} == {REQUEST}


def test_of_a_backlog_only_its_size_is_said(log: Log) -> None:
    say_taken([heard(number, topic=f"topic {number % 2}") for number in range(EACH_UP_TO + 2)])
    (line,) = log.lines()
    assert (line["events"], line["topics"]) == (52, {"topic 0": 26, "topic 1": 26})

"""Whether reporting is caught up, from what it has taken in and what Kafka holds."""

from services.reporting.position import position
from services.reporting.views import Taken
from shared.consume.ends import Reach

A, B = ("intake.needs", 0), ("intake.needs", 1)


def test_all_heard_and_all_shown_is_caught_up() -> None:
    assert position(Taken({A: 5}, all_shown=True, oldest_seconds=0), Reach({A: 5, B: 0}, 0)) == {
        "caught_up": True,
        "lag_seconds": 0.0,
        "partitions": [
            {"topic": "intake.needs", "partition": 0, "offset": 5, "end_offset": 5},
            {"topic": "intake.needs", "partition": 1, "offset": 0, "end_offset": 0},
        ],
    }


def test_records_that_came_since_kafka_was_asked_do_not_disturb() -> None:
    assert position(Taken({A: 7}, all_shown=True, oldest_seconds=0), Reach({A: 5}, 0))["caught_up"]


def test_a_partition_that_is_behind_gives_the_age_of_its_oldest_record() -> None:
    found = position(Taken({A: 5}, all_shown=True, oldest_seconds=0), Reach({A: 5, B: 1}, 2.5))
    assert (found["caught_up"], found["lag_seconds"]) == (False, 2.5)


def test_a_projection_that_is_behind_gives_the_age_of_the_event_it_lacks() -> None:
    found = position(Taken({A: 5}, all_shown=False, oldest_seconds=1.25), Reach({A: 5}, 0))
    assert (found["caught_up"], found["lag_seconds"]) == (False, 1.25)


def test_without_kafka_nobody_can_say_that_it_is_caught_up() -> None:
    found = position(Taken({A: 5}, all_shown=True, oldest_seconds=0), None)
    assert not found["caught_up"]
    assert found["partitions"] == [{"topic": "intake.needs", "partition": 0, "offset": 5, "end_offset": None}]

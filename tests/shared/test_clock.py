"""The time of a request."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.clock import Now, now_of
from shared.errors import MalformedError


def test_without_a_played_time_it_is_the_clocks() -> None:
    before = datetime.now(UTC)
    now = now_of(None, True)
    assert before <= now.at <= datetime.now(UTC)
    assert now.at.tzinfo is UTC
    assert not now.played


@pytest.mark.parametrize(
    ("header", "at"),
    [
        ("2021-05-07T09:30:00+07:00", datetime(2021, 5, 7, 2, 30, tzinfo=UTC)),
        ("2021-05-07T02:30:00Z", datetime(2021, 5, 7, 2, 30, tzinfo=UTC)),
        (" 2021-05-07t02:30:00.5z ", datetime(2021, 5, 7, 2, 30, 0, 500_000, tzinfo=UTC)),
        ("2021-05-07 02:30:00.123456789-00:00", datetime(2021, 5, 7, 2, 30, 0, 123_456, tzinfo=UTC)),
    ],
)
def test_in_development_a_request_plays_its_time_in_utc(header: str, at: datetime) -> None:
    now = now_of(header, True)
    assert now == Now(at, played=True)
    assert now.at.tzinfo is UTC


FROM, UPTO = datetime(1941, 1, 1), datetime(2199, 12, 31)  # noqa: DTZ001 the zone is drawn with what lies between


@given(
    at=st.datetimes(FROM, UPTO, timezones=st.just(UTC)),
    hours=st.integers(-12, 14),
)
def test_every_instant_in_every_zone_is_taken_as_it_is(at: datetime, hours: int) -> None:
    local = at.astimezone(timezone(timedelta(hours=hours)))
    assert now_of(local.isoformat(), True).at == at


@pytest.mark.parametrize("header", ["2021-05-07T02:30:00Z", "nonsense"])
def test_outside_development_the_header_is_passed_over(header: str) -> None:
    now = now_of(header, False)
    assert abs(datetime.now(UTC) - now.at) < timedelta(minutes=1)
    assert not now.played


@pytest.mark.parametrize(
    "header",
    [
        "",
        "now",
        "2021-05-07",
        "2021-05-07T02:30:00",
        "2021-05-07T02:30Z",
        "2021-W18-5T02:30:00Z",
        "0001-01-01T00:00:00Z",
        "1940-12-31T23:59:59Z",
        "2200-01-01T00:00:00Z",
        "9999-12-31T23:59:59Z",
        "2021-02-30T00:00:00Z",
        "2021-05-07T25:00:00Z",
        "2021-05-07T02:30:00+7",
        "2021-05-07T02:30:00+99:00",
        "0001-01-01T00:00:00+07:00",
        "9999-12-31T23:59:59-07:00",
        "๒๐๒๑-05-07T02:30:00Z",
        "1620354600",
    ],
)
def test_what_is_no_instant_is_refused(header: str) -> None:
    with pytest.raises(MalformedError, match="invalid_now"):
        now_of(header, True)

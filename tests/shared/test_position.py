"""Positions as callers send them back: what was given is understood, anything else is refused before a database sees it."""

import base64
import json
from typing import Any
from uuid import UUID

import pytest

from shared.errors import InvalidError
from shared.web.position import marks_of

STREAM = "01890a5d-ac96-774b-bcce-b302099a8057"


def token(content: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")


def test_what_was_given_is_understood() -> None:
    given = [["intake.needs", "intake", STREAM, 1], ["referrals.doe", "routing", STREAM, 2**31 - 1]]
    assert marks_of(token(given)) == [(topic, source, UUID(STREAM), version) for topic, source, _, version in given]
    assert marks_of(token([])) == []


@pytest.mark.parametrize(
    "content",
    [
        1,
        None,
        {},
        [1],
        [[]],
        [["intake.needs", "intake", STREAM]],
        [["intake.needs", "intake", STREAM, 1, 1]],
        [["intake.needs", "intake", "x", 1]],
        [["intake.needs", "intake", STREAM, 0]],
        [["intake.needs", "intake", STREAM, 2**31]],
        [["intake.needs", "intake", STREAM, 10**30]],
        [["intake.needs", "intake", STREAM, 1.5]],
        [["intake.needs", "\0", STREAM, 1]],
        [["intake.needs", "x" * 1000, STREAM, 1]],
        [[1, 2, STREAM, 1]],
    ],
)
def test_what_was_not_given_is_refused(content: Any) -> None:
    with pytest.raises(InvalidError):
        marks_of(token(content))


@pytest.mark.parametrize("text", ["", "x", "=", "\xff", "é" * 100, "W1tdXQ" * 1000])
def test_what_is_no_token_is_refused(text: str) -> None:
    with pytest.raises(InvalidError):
        marks_of(text)

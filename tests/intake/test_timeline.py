"""The timeline of a case: by time, and an effect never before its cause."""

from datetime import timedelta
from itertools import permutations

import orjson

from services.intake.timeline import timeline
from shared.events.routing import CaseReferred, ReferralDeclined
from shared.store import Recorded
from shared.store.telling import in_order
from shared.web.position import marks_of
from tests.intake.given import CASE, as_recorded, need, referral, reopened, screened

NEED = need()
DECLINED = referral(ReferralDeclined, NEED)
STORY = as_recorded([NEED, screened(NEED), referral(CaseReferred, NEED), DECLINED, reopened(DECLINED), screened(NEED, round_=2)])


def because_of(effect: Recorded, cause: Recorded) -> Recorded:
    return effect._replace(meta_text=orjson.dumps({**effect.meta, "causation": str(cause.id)}).decode())


def test_what_a_played_time_makes_equal_stands_in_the_order_of_causes() -> None:
    reported, decided, referred, declined, came_back, again = STORY
    story = [
        reported,
        because_of(decided, reported),
        because_of(referred, decided),
        declined,
        because_of(came_back, declined),
        again,
    ]
    for records in permutations(story):
        assert in_order(records) == story


def test_a_clock_that_is_behind_does_not_put_an_effect_before_its_cause() -> None:
    reported, decided, *_ = STORY
    early = because_of(decided._replace(recorded_at=reported.recorded_at - timedelta(seconds=1)), reported)
    assert in_order([early, reported]) == [reported, early]


def test_otherwise_time_tells() -> None:
    reported, decided, referred, *_ = STORY
    later = decided._replace(recorded_at=referred.recorded_at + timedelta(seconds=1))
    assert in_order([later, referred, reported]) == [reported, referred, later]


def test_a_cause_that_was_not_heard_is_not_waited_for() -> None:
    reported, decided, *_ = STORY
    assert in_order([because_of(reported, decided)])[0].type == "NeedReported"


def test_an_entry_says_what_when_who_and_where_to_wait() -> None:
    (entry,) = timeline([STORY[1]])
    assert entry.model_dump(mode="json") == {
        "event": "CaseScreened",
        "at": "2021-05-20T03:00:00Z",
        "by": "somebody",
        "position": entry.position,
        "service": "screening",
    }
    assert marks_of(entry.position) == [("screening.cases", "screening", CASE, 1)]

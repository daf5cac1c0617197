"""What was put right is laid over what an event says; nothing else shows through."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from shared.corrections import correction_of, forgotten_by, laid_over
from shared.events.codes import ForgetGround
from shared.events.intake import PersonCorrected, PersonForgotten
from shared.sealed import Sealed, Unopened

PERSON = UUID("6a0f3a8e-8a4c-4b6f-9b0e-0d6f3e1f2a01")
BOX = Sealed(key_ref=PERSON, box="B" * 40)
AT = datetime(2021, 5, 10, tzinfo=UTC)
FIELDS = st.dictionaries(st.sampled_from(["title", "first_name", "phone"]), st.none() | st.text(max_size=3))


def corrected(sign: str) -> PersonCorrected:
    return PersonCorrected(person_ref=PERSON, person=Sealed(key_ref=PERSON, box=sign * 40), corrected_at=AT, words=BOX)


FORGOTTEN = PersonForgotten(person_ref=PERSON, ground=ForgetGround.REQUESTED, forgotten_at=AT, words=BOX)


@given(FIELDS, FIELDS)
def test_a_field_that_was_put_right_counts_and_the_others_stay(own: dict[str, Any], right: dict[str, Any]) -> None:
    shown = laid_over(own, right)
    assert isinstance(shown, dict)
    assert {name: shown[name] for name in right} == right
    assert {name: shown[name] for name in shown.keys() - right.keys()} == {n: own[n] for n in own.keys() - right.keys()}
    assert laid_over(shown, right) == shown


def test_a_correction_never_brings_back_who_cannot_be_read() -> None:
    for unread in (Unopened.FORGOTTEN, Unopened.DAMAGED, None):
        assert laid_over(unread, {"first_name": "สมใจ"}) is unread


def test_a_correction_that_cannot_be_read_changes_nothing() -> None:
    for unread in (Unopened.FORGOTTEN, Unopened.DAMAGED, None):
        assert laid_over({"first_name": "สมใจ"}, unread) == {"first_name": "สมใจ"}


def test_the_last_correction_says_all() -> None:
    assert correction_of([corrected("A"), corrected("B"), FORGOTTEN]) == corrected("B")
    assert correction_of([FORGOTTEN]) is None


def test_somebody_is_forgotten_once_it_was_said() -> None:
    assert forgotten_by([corrected("A")]) is None
    assert forgotten_by([corrected("A"), FORGOTTEN]) == FORGOTTEN

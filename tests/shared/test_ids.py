"""New ids come in the order of time, derived ones come again the same."""

import time
from uuid import RFC_4122, UUID

from hypothesis import given
from hypothesis import strategies as st

from shared.ids import derived_id, new_id


def test_a_new_id_is_of_version_7_and_carries_the_millisecond_of_its_making() -> None:
    before = time.time_ns() // 1_000_000
    made = new_id()
    after = time.time_ns() // 1_000_000
    assert (made.version, made.variant) == (7, RFC_4122)
    assert before <= made.int >> 80 <= after


def test_ids_made_later_sort_later() -> None:
    earlier = new_id()
    start = time.time_ns() // 1_000_000
    while time.time_ns() // 1_000_000 == start:
        pass
    assert earlier < new_id()


def test_no_two_of_many_new_ids_are_the_same() -> None:
    assert len({new_id() for _ in range(10_000)}) == 10_000


@given(st.uuids(), st.uuids(), st.text(), st.text())
def test_a_derived_id_is_the_same_for_the_same_cause_and_role_alone(cause: UUID, other: UUID, role: str, second: str) -> None:
    assert derived_id(cause, role) == derived_id(cause, role)
    assert (derived_id(cause, role) == derived_id(other, role)) == (cause == other)
    assert (derived_id(cause, role) == derived_id(cause, second)) == (role == second)

"""What the trail says of a request that is refused or repeated: codes, statuses and ids, and nothing that somebody wrote."""

from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.audit.entry import REPLAYED, Entry, by_code
from shared.errors import ConflictError, Fault, ForbiddenError, InvalidError, NotFoundError, RefusedError, SongtorError
from shared.web.audited import given_again, ids_in, refusal

ENTRY = Entry("somebody", frozenset({"admin"}), "volunteers.read", "request")
ONE, TWO = Fault("/a", "required", ""), Fault("/b", "invalid", "")


@pytest.mark.parametrize(
    ("error", "outcome", "status", "faults"),
    [
        (InvalidError([ONE]), "required", 422, {"required": 1}),
        (InvalidError([ONE, TWO, TWO]), "invalid", 422, {"required": 1, "invalid": 2}),
        (NotFoundError(), "not_found", 404, None),
        (ForbiddenError(), "forbidden", 403, None),
        (RefusedError("wrong_state", "words"), "wrong_state", 409, None),
        (RefusedError("file_erased", status=410), "file_erased", 410, None),
        (ConflictError(), "busy", 503, None),
    ],
)
def test_a_refusal_has_the_code_and_status_of_its_answer(
    error: SongtorError, outcome: str, status: int, faults: dict[str, int] | None
) -> None:
    thing = uuid4()
    entry = refusal(ENTRY, error, {"case_id": str(thing)})
    assert (entry.outcome, entry.status, entry.details.get("faults")) == (outcome, status, faults)
    assert entry.details["case_id"] == str(thing)
    assert "words" not in str(entry.values())


@given(st.text(max_size=40))
def test_of_a_path_nothing_is_repeated_that_is_no_id(written: str) -> None:
    found = ids_in({"card_no": written, "case_id": UUID(int=1)})
    assert found.pop("case_id") == str(UUID(int=1))
    assert set(found) <= {"card_no"}
    assert all(str(UUID(value)) == value for value in found.values())


def test_an_answer_that_is_given_again_has_its_status_and_place() -> None:
    entry = given_again(ENTRY, 201, "/needs/1", {})
    assert (entry.outcome, entry.status, entry.details) == (REPLAYED, 201, {"location": "/needs/1"})
    assert given_again(ENTRY, 200, None, {"format": "csv"}).details == {}


def test_what_was_refused_is_counted_by_code() -> None:
    assert by_code([]) == {"refused": 0}
    assert by_code(["invalid", "not_found", "invalid"]) == {"refused": 3, "by_code": {"invalid": 2, "not_found": 1}}

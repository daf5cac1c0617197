"""Sealing without being able to open, by itself: no database."""

import base64
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from shared import public_sealing
from shared.public_sealing import blinded, seal_for
from shared.sealed import Sealed, Unopened
from shared.vault_keys import BlindedKey, DataKey, Key, MasterKey
from tests.shared.test_sealing import FIELDS, json_values

REF = UUID("00000000-0000-5000-8000-000000000001")
MASTER = MasterKey(b"m" * 32)
FACTOR, HALF = blinded(MASTER.public_half)
OF_A_PERSON = DataKey(REF, b"d" * 32)
OF_A_CASE = MASTER.key(REF, None, FACTOR)
BOTH = pytest.mark.parametrize("key", [OF_A_PERSON, OF_A_CASE], ids=["of a person", "of a case that was begun elsewhere"])


@BOTH
@given(fields=st.dictionaries(st.text(), json_values, max_size=5))
def test_what_is_sealed_to_the_public_half_opens_to_the_same_fields(key: Key, fields: dict[str, JsonValue]) -> None:
    assert key.open(seal_for(key.public_half, REF, fields)) == fields
    assert key.open(key.seal(fields)) == fields


def test_a_wrapped_key_has_the_public_half_that_was_stored_with_it() -> None:
    wrapped, half = MASTER.new(REF)
    assert MASTER.key(REF, wrapped, None).public_half == half
    assert MASTER.key(REF, wrapped, None).open(seal_for(half, REF, FIELDS)) == FIELDS


def test_whoever_begins_a_case_knows_its_public_half_and_neither_of_two_secrets_opens_alone() -> None:
    block = seal_for(HALF, REF, FIELDS)
    assert (OF_A_CASE.public_half, OF_A_CASE.open(block)) == (HALF, FIELDS)
    # All that the one who began it ever held: the factor, the vault's public half and the case's.
    for held in (FACTOR, HALF, MASTER.public_half):
        assert DataKey(REF, held).open(block) is Unopened.DAMAGED
        assert MasterKey(held).key(REF, None, FACTOR).open(block) is Unopened.DAMAGED
    assert MASTER.key(REF, None, b"f" * 32).open(block) is Unopened.DAMAGED, "without the factor the master key opens nothing"


def test_a_public_half_that_was_put_there_by_another_is_not_believed() -> None:
    theirs = DataKey(REF, b"t" * 32)
    assert isinstance(OF_A_CASE, BlindedKey)
    assert theirs.open(OF_A_CASE.seal(FIELDS)) is Unopened.DAMAGED


@BOTH
@given(place=st.integers(0, 10_000), change=st.integers(1, 255))
def test_a_block_changed_in_any_byte_is_damaged(key: Key, place: int, change: int) -> None:
    raw = bytearray(base64.b64decode(seal_for(key.public_half, REF, FIELDS).box))
    raw[place % len(raw)] ^= change
    assert key.open(Sealed(key_ref=REF, box=base64.b64encode(raw).decode())) is Unopened.DAMAGED


@BOTH
@given(raw=st.binary(min_size=30, max_size=200))
def test_any_bytes_that_nobody_sealed_are_damaged_and_not_an_error(key: Key, raw: bytes) -> None:
    for box in (raw, b"songtor2" + raw):
        assert key.open(Sealed(key_ref=REF, box=base64.b64encode(box).decode())) is Unopened.DAMAGED


@BOTH
def test_a_point_of_no_use_is_damaged_and_not_an_error(key: Key) -> None:
    for point in (bytes(32), b"\1" + bytes(31)):
        box = base64.b64encode(b"songtor2" + point + bytes(40)).decode()
        assert key.open(Sealed(key_ref=REF, box=box)) is Unopened.DAMAGED


@BOTH
def test_a_block_moved_to_another_reference_is_damaged(key: Key) -> None:
    moved = seal_for(key.public_half, REF, FIELDS).model_copy(update={"key_ref": uuid4()})
    assert key.open(moved) is Unopened.DAMAGED


def test_a_sealed_block_shows_nothing_of_its_fields_and_is_never_twice_the_same() -> None:
    first, second = (seal_for(HALF, REF, FIELDS) for _ in range(2))
    assert "สมใจ".encode() not in base64.b64decode(first.box)
    assert first.box != second.box
    assert Sealed.model_validate_json(first.model_dump_json()) == first


def test_halves_follow_from_their_secrets_and_from_nothing_else() -> None:
    assert MasterKey(b"m" * 32).public_half == MASTER.public_half != MasterKey(b"n" * 32).public_half
    assert DataKey(REF, b"d" * 32).public_half == OF_A_PERSON.public_half != DataKey(uuid4(), b"d" * 32).public_half
    one = public_sealing.private_half(b"s" * 32, b"one").public_key().public_bytes_raw()
    assert one != public_sealing.private_half(b"s" * 32, b"other").public_key().public_bytes_raw()

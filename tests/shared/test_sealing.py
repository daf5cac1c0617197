"""The cryptography of the vault by itself: no database."""

import base64
import re
from uuid import UUID, uuid4

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from shared import sealing
from shared.sealed import Sealed, Unopened

PEPPER = b"p" * 32
REF = UUID("00000000-0000-4000-8000-000000000001")
FIELDS: dict[str, JsonValue] = {"first_name": "สมใจ", "last_name": "ใจดี", "phone": None, "birth_year": 2500}
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


def opened(key: AESGCM, block: Sealed) -> dict[str, JsonValue] | Unopened:
    return sealing.open_box(key, block.key_ref, sealing.bytes_of(block))


@given(fields=st.dictionaries(st.text(), json_values, max_size=5))
def test_what_is_sealed_opens_to_the_same_fields(fields: dict[str, JsonValue]) -> None:
    key = AESGCM(sealing.new_data_key())
    assert opened(key, sealing.seal(key, REF, fields)) == fields


def test_a_sealed_block_shows_nothing_of_its_fields_and_is_never_twice_the_same() -> None:
    key = AESGCM(sealing.new_data_key())
    first, second = sealing.seal(key, REF, FIELDS), sealing.seal(key, REF, FIELDS)
    assert "สมใจ".encode() not in base64.b64decode(first.box)
    assert first.box != second.box


@given(place=st.integers(0, 10_000), change=st.integers(1, 255))
def test_a_block_changed_in_any_byte_is_damaged(place: int, change: int) -> None:
    key = AESGCM(sealing.new_data_key())
    raw = bytearray(base64.b64decode(sealing.seal(key, REF, FIELDS).box))
    raw[place % len(raw)] ^= change
    assert opened(key, Sealed(key_ref=REF, box=base64.b64encode(raw).decode())) is Unopened.DAMAGED


def test_a_block_moved_to_another_reference_is_damaged() -> None:
    key = AESGCM(sealing.new_data_key())
    moved = sealing.seal(key, REF, FIELDS).model_copy(update={"key_ref": uuid4()})
    assert opened(key, moved) is Unopened.DAMAGED


def test_a_block_of_wrong_base64_is_damaged_and_not_an_error() -> None:
    key = AESGCM(sealing.new_data_key())
    assert opened(key, Sealed(key_ref=REF, box="A" * 41)) is Unopened.DAMAGED


def test_a_block_travels_as_json_unchanged() -> None:
    key = AESGCM(sealing.new_data_key())
    block = sealing.seal(key, REF, FIELDS)
    assert Sealed.model_validate_json(block.model_dump_json()) == block


def test_a_data_key_opens_only_for_its_own_row_and_master_key() -> None:
    master, data_key = AESGCM(b"m" * 32), sealing.new_data_key()
    wrapped = sealing.wrap(master, REF, data_key)
    assert data_key not in wrapped
    assert sealing.unwrap(master, REF, wrapped) == data_key
    with pytest.raises(sealing.WrongMasterKeyError):
        sealing.unwrap(master, uuid4(), wrapped)
    with pytest.raises(sealing.WrongMasterKeyError):
        sealing.unwrap(AESGCM(b"n" * 32), REF, wrapped)


@pytest.mark.parametrize(
    "spelling", ["1970100000011", "1-9701-00000-01-1", " 1 9701 00000 01 1\n", "๑๙๗๐๑๐๐๐๐๐๐๑๑", "１９７０１０００００011"]
)
def test_every_spelling_of_an_id_is_the_same_person(spelling: str) -> None:
    assert sealing.person_hash(PEPPER, "thai", spelling) == sealing.person_hash(PEPPER, "thai", "1970100000011")


def test_capitals_hyphens_and_invisible_signs_of_a_passport_make_no_difference() -> None:
    assert sealing.person_hash(PEPPER, "other", "ab\u200b-123") == sealing.person_hash(PEPPER, "other", "AB123")


def test_the_same_number_of_another_kind_or_under_another_pepper_is_another_person() -> None:
    own = sealing.person_hash(PEPPER, "thai", "1970100000011")
    assert own != sealing.person_hash(PEPPER, "other", "1970100000011")
    assert own != sealing.person_hash(b"q" * 32, "thai", "1970100000011")
    assert re.search(rb"1970100000011", own) is None


@pytest.mark.parametrize("nothing", ["", "  ", "-", "\u200b"])
def test_a_document_without_a_number_is_refused(nothing: str) -> None:
    with pytest.raises(ValueError, match="needs its number"):
        sealing.person_hash(PEPPER, "thai", nothing)

"""The cryptography of the vault: keyed hashes of citizen IDs, wrapping of data keys, sealing of personal fields. Pure but
for random nonces and keys; where keys are kept is `vault.py`."""

import base64
import hmac
import os
import unicodedata
from collections.abc import Mapping
from typing import cast
from uuid import UUID

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pydantic import JsonValue

from shared.sealed import Sealed, Unopened

NONCE_BYTES = 12
# What the authenticated data begins with. Another format has another tag (`public_sealing.py`), so that no block is ever read as
# the other.
_WRAPPED_TAG = b"songtor key 1\0"
_SEALED_TAG = b"songtor sealed 1\0"
_BYTES_TAG = b"songtor bytes 1\0"


class WrongMasterKeyError(Exception):
    """A data key does not open with this master key: the setting is wrong, or the row was changed. Never a passing state."""


def normalised(citizen_id: str) -> str:
    """One spelling per document number: ASCII digits for any digits, capitals, no blanks, hyphens or invisible signs."""
    if citizen_id.isascii() and citizen_id.isdigit():  # as nearly all are
        return citizen_id
    letters = (
        str(digit) if (digit := unicodedata.decimal(sign, None)) is not None else sign
        for sign in unicodedata.normalize("NFKC", citizen_id).upper()
        if not sign.isspace() and unicodedata.category(sign) not in ("Pd", "Cf", "Cc")
    )
    return "".join(letters)


def person_hash(pepper: bytes, id_kind: str, citizen_id: str) -> bytes:
    """32 bytes: HMAC-SHA-256 of `id_kind`, NUL and the normalised number. Raises ValueError for a number of nothing."""
    number = normalised(citizen_id)
    if not number:
        raise ValueError("a person with a document needs its number")
    return hash_of_normalised(pepper, id_kind, number)


def hash_of_normalised(pepper: bytes, id_kind: str, number: str) -> bytes:
    """The same for a number that is spelled as `normalised` spells it."""
    return hmac.digest(pepper, f"{id_kind}\0{number}".encode(), "sha256")


def new_data_key() -> bytes:
    return AESGCM.generate_key(256)


def wrap(master: AESGCM, key_ref: UUID, data_key: bytes) -> bytes:
    """The data key as it is stored: 12 bytes nonce, then the key under the master key, bound to its row."""
    nonce = os.urandom(NONCE_BYTES)
    return nonce + master.encrypt(nonce, data_key, _WRAPPED_TAG + key_ref.bytes)


def unwrap(master: AESGCM, key_ref: UUID, wrapped: bytes) -> bytes:
    """The data key. Raises WrongMasterKeyError."""
    try:
        return master.decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], _WRAPPED_TAG + key_ref.bytes)
    except InvalidTag:
        raise WrongMasterKeyError(f"the data key {key_ref} does not open with this master key") from None


def seal(key: AESGCM, key_ref: UUID, fields: Mapping[str, JsonValue]) -> Sealed:
    nonce = os.urandom(NONCE_BYTES)
    secret = key.encrypt(nonce, orjson.dumps(dict(fields)), _SEALED_TAG + key_ref.bytes)
    return Sealed(key_ref=key_ref, box=base64.b64encode(nonce + secret).decode())


def bytes_of(block: Sealed) -> bytes:
    """What is in the box; nothing for a box that is no base64, which then opens for nobody."""
    try:
        return base64.b64decode(block.box, validate=True)
    except ValueError:
        return b""


def open_box(key: AESGCM, key_ref: UUID, raw: bytes) -> dict[str, JsonValue] | Unopened:
    """The fields, or DAMAGED: one bad block among thousands must not take the others away."""
    try:
        clear = key.decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], _SEALED_TAG + key_ref.bytes)
    except (InvalidTag, ValueError):
        return Unopened.DAMAGED
    # What opens was written by `seal`, so it is an object.
    return cast(dict[str, JsonValue], orjson.loads(clear))


def seal_bytes(key: AESGCM, key_ref: UUID, clear: bytes) -> bytes:
    """12 bytes nonce, then the rest."""
    nonce = os.urandom(NONCE_BYTES)
    return nonce + key.encrypt(nonce, clear, _BYTES_TAG + key_ref.bytes)


def open_bytes(key: AESGCM, key_ref: UUID, raw: bytes) -> bytes | None:
    """None for bytes that this key did not seal."""
    try:
        return key.decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], _BYTES_TAG + key_ref.bytes)
    except (InvalidTag, ValueError):
        return None

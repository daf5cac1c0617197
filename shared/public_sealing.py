"""Sealing for whoever may seal and not open: to the public half of a key (X25519, HKDF-SHA-256, AES-256-GCM), and keys that come
from two halves of which a service that seals knows one. Where keys are kept is `vault.py`; who opens is `vault_keys.py`."""

import base64
import os
from collections.abc import Callable, Mapping
from typing import cast
from uuid import UUID

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from pydantic import JsonValue

from shared.sealed import Sealed, Unopened
from shared.sealing import NONCE_BYTES

HALF_BYTES = 32
KEY_BYTES = 32
# A block of the first kind begins with a random nonce: one in 2^64 begins like this.
_PREFIX = b"songtor2"
_SEALED_TAG = b"songtor sealed 2\0"

Exchange = Callable[[X25519PublicKey], bytes]
"""What the holder of a private half makes of somebody's public half."""


def private_half(secret: bytes, purpose: bytes) -> X25519PrivateKey:
    """The half that follows from a secret of 32 bytes: nothing more has to be kept."""
    return X25519PrivateKey.from_private_bytes(_derived(secret, purpose, HALF_BYTES))


def blinded(public_half: bytes) -> tuple[bytes, bytes]:
    """A new factor, and the public half that it makes of the given one. To open, factor and private half are needed together
    (`with_factor`): whoever drew the factor and knows nothing else seals and cannot open, and without the factor nobody can."""
    factor = os.urandom(HALF_BYTES)
    return factor, X25519PrivateKey.from_private_bytes(factor).exchange(X25519PublicKey.from_public_bytes(public_half))


def with_factor(private: X25519PrivateKey, factor: bytes) -> Exchange:
    """Multiplying by the one and by the other is multiplying by both, in any order."""
    second = X25519PrivateKey.from_private_bytes(factor)
    return lambda public: second.exchange(X25519PublicKey.from_public_bytes(private.exchange(public)))


def seal_for(public_half: bytes, key_ref: UUID, fields: Mapping[str, JsonValue]) -> Sealed:
    """The box is base64 of the prefix, the public half of a pair made for this block alone, and the ciphertext. Of that pair's
    private half nothing is left: whoever sealed it cannot open it either."""
    once = X25519PrivateKey.generate()
    begin = once.public_key().public_bytes_raw()
    key, nonce = _schedule(once.exchange(X25519PublicKey.from_public_bytes(public_half)), begin + public_half)
    secret = key.encrypt(nonce, orjson.dumps(dict(fields)), _SEALED_TAG + key_ref.bytes)
    return Sealed(key_ref=key_ref, box=base64.b64encode(_PREFIX + begin + secret).decode())


def is_for_public_half(raw: bytes) -> bool:
    return raw.startswith(_PREFIX)


def open_with(exchange: Exchange, public_half: bytes, key_ref: UUID, raw: bytes) -> dict[str, JsonValue] | Unopened:
    """`raw`: the box's bytes. The fields, or DAMAGED."""
    begin, secret = raw[len(_PREFIX) :][:HALF_BYTES], raw[len(_PREFIX) + HALF_BYTES :]
    try:
        key, nonce = _schedule(exchange(X25519PublicKey.from_public_bytes(begin)), begin + public_half)
        clear = key.decrypt(nonce, secret, _SEALED_TAG + key_ref.bytes)
    except (InvalidTag, ValueError):  # ValueError: no point of the curve's large group, or cut short
        return Unopened.DAMAGED
    # What opens was written by `seal_for`, so it is an object.
    return cast(dict[str, JsonValue], orjson.loads(clear))


def _schedule(shared: bytes, public: bytes) -> tuple[AESGCM, bytes]:
    """Key and nonce of one block. Bound to both public halves: X25519 alone is not."""
    found = _derived(shared, _SEALED_TAG + public, KEY_BYTES + NONCE_BYTES)
    return AESGCM(found[:KEY_BYTES]), found[KEY_BYTES:]


def _derived(secret: bytes, purpose: bytes, length: int) -> bytes:
    return HKDF(SHA256(), length, salt=None, info=purpose).derive(secret)

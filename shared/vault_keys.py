"""The keys of the vault in the hands of who may open: the master key, the keys of people that it wraps, and those of cases that
were begun by a service that only seals. No database: that is `vault.py`."""

from collections.abc import Mapping
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pydantic import JsonValue

from shared import public_sealing, sealing
from shared.sealed import Sealed, Unopened

_HALF_OF_MASTER = b"songtor vault half 1\0"
_HALF_OF_KEY = b"songtor key half 1\0"


class DataKey:
    """A key of 32 bytes: of a person, or of a case."""

    def __init__(self, key_ref: UUID, secret: bytes) -> None:
        self._key_ref = key_ref
        self._secret = secret
        self._box = AESGCM(secret)

    @property
    def public_half(self) -> bytes:
        """Follows from the key. Worked out when it is asked for: most blocks are opened without it."""
        return self._private_half().public_key().public_bytes_raw()

    def seal(self, fields: Mapping[str, JsonValue]) -> Sealed:
        return sealing.seal(self._box, self._key_ref, fields)

    def open(self, block: Sealed) -> dict[str, JsonValue] | Unopened:
        raw = sealing.bytes_of(block)
        if not public_sealing.is_for_public_half(raw):
            return sealing.open_box(self._box, block.key_ref, raw)
        private = self._private_half()
        public = private.public_key().public_bytes_raw()
        return public_sealing.open_with(private.exchange, public, block.key_ref, raw)

    def seal_bytes(self, clear: bytes) -> bytes:
        return sealing.seal_bytes(self._box, self._key_ref, clear)

    def open_bytes(self, raw: bytes) -> bytes | None:
        """None for what was changed, or sealed for another."""
        return sealing.open_bytes(self._box, self._key_ref, raw)

    def _private_half(self) -> X25519PrivateKey:
        return public_sealing.private_half(self._secret, _HALF_OF_KEY + self._key_ref.bytes)


class BlindedKey:
    """The key of a case that a service without the master key began: it has only halves, and all seal to the public one.

    The public half is worked out from the factor, not read: what a row says of it is a word of the service that wrote it."""

    def __init__(self, key_ref: UUID, factor: bytes, master: X25519PrivateKey) -> None:
        self._key_ref = key_ref
        self._exchange = public_sealing.with_factor(master, factor)
        self.public_half = X25519PrivateKey.from_private_bytes(factor).exchange(master.public_key())

    def seal(self, fields: Mapping[str, JsonValue]) -> Sealed:
        return public_sealing.seal_for(self.public_half, self._key_ref, fields)

    def open(self, block: Sealed) -> dict[str, JsonValue] | Unopened:
        raw = sealing.bytes_of(block)
        if not public_sealing.is_for_public_half(raw):
            return Unopened.DAMAGED
        return public_sealing.open_with(self._exchange, self.public_half, block.key_ref, raw)


Key = DataKey | BlindedKey


class MasterKey:
    def __init__(self, secret: bytes) -> None:
        self._box = AESGCM(secret)
        self._half = public_sealing.private_half(secret, _HALF_OF_MASTER)

    @property
    def public_half(self) -> bytes:
        """Of the vault as a whole: what cases are begun with by those who only seal."""
        return self._half.public_key().public_bytes_raw()

    def new(self, key_ref: UUID) -> tuple[bytes, bytes]:
        """A key for a new row: as it is stored, and its public half."""
        secret = sealing.new_data_key()
        return sealing.wrap(self._box, key_ref, secret), DataKey(key_ref, secret).public_half

    def key(self, key_ref: UUID, wrapped: bytes | None, factor: bytes | None) -> Key:
        """Of a row, which has the one or the other. Raises WrongMasterKeyError."""
        if factor is not None:
            return BlindedKey(key_ref, factor, self._half)
        assert wrapped is not None  # the table says so
        return self.data_key(key_ref, wrapped)

    def data_key(self, key_ref: UUID, wrapped: bytes) -> DataKey:
        """Raises WrongMasterKeyError."""
        return DataKey(key_ref, sealing.unwrap(self._box, key_ref, wrapped))

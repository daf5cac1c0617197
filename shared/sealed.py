"""The sealed block that events carry in place of personal fields, and what stands for one that cannot be opened.
Pure shapes: the cryptography is in `sealing.py`, the keys are in `vault.py`."""

from enum import Enum
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, StringConstraints

# Four characters for three bytes: nonce (12) and tag (16) at least, half a mebibyte (the largest event) at most.
_Box = Annotated[str, StringConstraints(min_length=40, max_length=700_000, pattern=r"^[A-Za-z0-9+/]+={0,2}$")]


class Sealed(BaseModel):
    """Personal fields under the key `key_ref`. `box` is base64 of the AES-256-GCM of their JSON, after what its key needs."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    key_ref: UUID
    box: _Box


class Unopened(Enum):
    """What a reader gets in place of the fields of a block that cannot be opened."""

    FORGOTTEN = "forgotten"
    """The key is erased: the person asked to be forgotten, or never was confirmed."""
    DAMAGED = "damaged"
    """The key is there but does not fit the bytes: they were changed, or sealed for another key."""

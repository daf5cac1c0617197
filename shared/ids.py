"""The ids of things: time-ordered ones for what is new, derived ones for what is caused, so that a retry makes the same."""

import os
import time
from typing import NewType
from uuid import UUID, uuid5

CaseId = NewType("CaseId", UUID)
VolunteerId = NewType("VolunteerId", UUID)
UnitId = NewType("UnitId", UUID)
ReferralId = NewType("ReferralId", UUID)
AssistanceId = NewType("AssistanceId", UUID)
PersonRef = NewType("PersonRef", UUID)


def new_id() -> UUID:
    """A UUID of version 7 (RFC 9562): 48 bits of Unix milliseconds, the rest random."""
    value = (time.time_ns() // 1_000_000) << 80 | int.from_bytes(os.urandom(10))
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return UUID(int=value)


def derived_id(cause: UUID, role: str) -> UUID:
    """The id of what `cause` brings about in `role`: the same however often it is worked out."""
    return uuid5(cause, role)

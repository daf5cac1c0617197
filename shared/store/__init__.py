"""The event store of one service: what it said and what it heard, in one order. `records` are its words, `Store` reads and
appends, `Appender` sends what many callers want stored in one call."""

from shared.store.appender import Appender
from shared.store.groups import Claim, Command, Group, Heard, Meta, Outcome, Repeated, Stored
from shared.store.records import Recorded, Stream
from shared.store.store import Store

__all__ = [
    "Appender",
    "Claim",
    "Command",
    "Group",
    "Heard",
    "Meta",
    "Outcome",
    "Recorded",
    "Repeated",
    "Store",
    "Stored",
    "Stream",
]

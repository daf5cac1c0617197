"""What intake says: needs reported and withdrawn."""

from typing import ClassVar

from shared.events.case import CaseFacts
from shared.events.contract import Instant, WordsBox


class NeedReported(CaseFacts):
    """A volunteer, unit or office reported a citizen's need or a tip-off."""

    TYPE: ClassVar[str] = "NeedReported"
    OWNER: ClassVar[str] = "intake"
    TOPIC: ClassVar[str] = "intake.needs"

    consent: bool = False
    """Whether the citizen agreed to being named here; a named need is not taken without."""
    words: WordsBox | None = None


class NeedWithdrawn(CaseFacts):
    """The need was taken back; an open referral of it is to be cancelled."""

    TYPE: ClassVar[str] = "NeedWithdrawn"
    OWNER: ClassVar[str] = "intake"
    TOPIC: ClassVar[str] = "intake.needs"

    withdrawn_at: Instant
    words: WordsBox

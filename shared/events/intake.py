"""What intake says: needs reported and withdrawn, people put right and forgotten."""

from typing import ClassVar
from uuid import UUID

from shared.events.case import CaseFacts
from shared.events.codes import ForgetGround
from shared.events.contract import Event, Instant, PersonBox, WordsBox


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


class _Person(Event):
    """Something about a person, whoever enrolled them. The stream is the person's own."""

    OWNER: ClassVar[str] = "intake"
    TOPIC: ClassVar[str] = "intake.people"

    person_ref: UUID

    @property
    def stream(self) -> UUID:
        return self.person_ref


class PersonCorrected(_Person):
    """A name, an ID or another of a person's fields was put right: it counts in place of what any other event says of them,
    before or after."""

    TYPE: ClassVar[str] = "PersonCorrected"

    person: PersonBox
    """All fields that were ever put right, as they are now, and no others; null for one that was taken away."""
    corrected_at: Instant
    words: WordsBox


class PersonForgotten(_Person):
    """Nothing that is sealed for this person may be read any more: the key is erased because of this event, and again wherever
    it comes back from a backup."""

    TYPE: ClassVar[str] = "PersonForgotten"

    ground: ForgetGround
    forgotten_at: Instant
    words: WordsBox
    """Sealed for the person, too, and so gone with the key: what stays for the record is `ground`."""

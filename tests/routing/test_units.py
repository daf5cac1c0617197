"""What routing keeps of service units and mobile ones."""

from datetime import date

from services.routing.units import helps, mobile_unit_of, unit_of
from shared.events.codes import MobileUnitStatus
from shared.events.network import MobileUnitCancelled, MobileUnitHeld
from shared.events.registry import ServiceUnitClosed
from tests.routing.given import NEED, WORDS, mobile_unit, unit

PLANNED = mobile_unit()
HELD = MobileUnitHeld(**PLANNED.model_dump() | {"status": MobileUnitStatus.HELD, "held_on": date(2021, 5, 20)})
CANCELLED = MobileUnitCancelled(**PLANNED.model_dump() | {"status": MobileUnitStatus.CANCELLED}, reason=WORDS)


def test_the_newest_word_of_registry_on_a_unit_counts() -> None:
    closed = ServiceUnitClosed(**unit().model_dump(exclude={"closed_on"}), closed_on=date(2021, 6, 1))
    assert unit_of([unit(), closed]) == closed
    assert unit_of([NEED]) is unit_of([PLANNED]) is unit_of([]) is None
    assert mobile_unit_of([PLANNED, HELD]) is HELD
    assert mobile_unit_of([NEED]) is mobile_unit_of([unit()]) is None


def test_help_is_given_at_a_mobile_unit_unless_it_never_came() -> None:
    assert helps(PLANNED)
    assert helps(HELD)
    assert not helps(CANCELLED)

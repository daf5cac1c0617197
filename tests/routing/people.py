"""People of routing's tests who are forgotten, and agencies told of it as the worker does."""

from datetime import UTC, datetime
from uuid import UUID

from services.routing.forgotten import Tellings
from services.routing.projection import NAME
from shared.events.codes import ForgetGround
from shared.events.intake import PersonForgotten
from shared.web.projected import until_projected
from tests.routing.given import WORDS
from tests.routing.running import Routing

FORGOTTEN_AT = datetime(2021, 6, 1, 3, 0, tzinfo=UTC)


def forgotten(person_ref: UUID) -> PersonForgotten:
    return PersonForgotten(person_ref=person_ref, ground=ForgetGround.REQUESTED, forgotten_at=FORGOTTEN_AT, words=WORDS)


async def tell(routing: Routing) -> None:
    """One turn, once the tables show all there is."""
    await until_projected(routing.store, NAME)
    await Tellings(routing.store).step()

"""The one place where routing is put together.

Of the service units and the mobile ones it only keeps what registry says, of the needs whether they were withdrawn, of people
whether they were put right or forgotten."""

from collections.abc import Coroutine, Mapping
from typing import Any

from services.routing.api import router
from services.routing.forgotten import NAME, Tellings
from services.routing.projection import PROJECTION
from services.routing.reactions import handlers
from services.routing.roster import COMMAND
from shared.events.intake import NeedWithdrawn, PersonForgotten
from shared.events.network import MobileUnitPlanned
from shared.events.registry import ServiceUnitOpened
from shared.events.screening import CaseScreened
from shared.process import Definition, Parts


def _loops(parts: Parts) -> Mapping[str, Coroutine[Any, Any, None]]:
    return {NAME: Tellings(parts.store).run()}


DEFINITION = Definition(
    name="routing",
    router=router,
    projections=(PROJECTION,),
    hears=(ServiceUnitOpened.TOPIC, MobileUnitPlanned.TOPIC, NeedWithdrawn.TOPIC, PersonForgotten.TOPIC, CaseScreened.TOPIC),
    handlers=handlers,
    uses_vault=True,
    enrols=True,
    loops=_loops,
    commands=(COMMAND,),
)

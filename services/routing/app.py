"""The one place where routing is put together.

Of the service units it only keeps what registry says, of the needs whether they were withdrawn."""

from services.routing.api import router
from services.routing.projection import PROJECTION
from services.routing.reactions import handlers
from services.routing.roster import COMMAND
from shared.events.intake import NeedWithdrawn
from shared.events.registry import ServiceUnitOpened
from shared.events.screening import CaseScreened
from shared.process import Definition

DEFINITION = Definition(
    name="routing",
    router=router,
    projections=(PROJECTION,),
    hears=(ServiceUnitOpened.TOPIC, NeedWithdrawn.TOPIC, CaseScreened.TOPIC),
    handlers=handlers,
    uses_vault=True,
    enrols=True,
    commands=(COMMAND,),
)

"""The one place where registry is put together. What it says rests on what it was told over HTTP alone; what it
hears of needs and help it only shows, beside the volunteers and the mobile units that they came from; when somebody is forgotten
it erases the files that rosters came in."""

from services.registry.api import router
from services.registry.api.dev_tokens import development_router
from services.registry.cards.opening import open_printing
from services.registry.network import PROJECTION as NETWORK
from services.registry.projection import PROJECTION
from services.registry.years.reminders import loops
from shared.events.intake import NeedReported, PersonForgotten
from shared.events.routing import AssistanceRecorded
from shared.events.screening import CaseScreened
from shared.process import Definition

DEFINITION = Definition(
    name="registry",
    router=router,
    projections=(PROJECTION, NETWORK),
    hears=(NeedReported.TOPIC, PersonForgotten.TOPIC, CaseScreened.TOPIC, AssistanceRecorded.TOPIC),
    in_bulk=True,
    uses_vault=True,
    enrols=True,
    imports=True,
    development=development_router,
    loops=loops,
    opens=open_printing,
)

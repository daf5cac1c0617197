"""The one place where reporting is put together."""

from services.reporting.api import router
from services.reporting.projection import PROJECTION
from shared.events.catalogue import EVENTS
from shared.files.press import open_press
from shared.process import Definition

NAME = "reporting"

DEFINITION = Definition(
    name=NAME,
    router=router,
    projections=(PROJECTION,),
    hears=tuple(dict.fromkeys(topic for event in EVENTS if event.OWNER != NAME for topic in event.topics())),
    in_bulk=True,
    uses_vault=True,
    opens=open_press,
)

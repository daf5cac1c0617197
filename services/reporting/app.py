"""The one place where reporting is put together."""

from services.reporting.api import router
from services.reporting.projection import PROJECTION
from shared.events.catalogue import TOPICS
from shared.process import Definition

DEFINITION = Definition(
    name="reporting",
    router=router,
    projections=(PROJECTION,),
    hears=TOPICS,
    in_bulk=True,
    uses_vault=True,
)

"""The one place where intake is put together. It says nothing because of what it hears: volunteers, units and what became of a
case are only stored, to be looked up."""

from services.intake.api import router
from services.intake.projection import PROJECTION
from shared.events.catalogue import REFERRAL_TOPICS
from shared.events.registry import ServiceUnitOpened, VolunteerAppointed
from shared.events.routing import AssistanceRecorded
from shared.events.screening import CaseScreened
from shared.process import Definition

DEFINITION = Definition(
    name="intake",
    router=router,
    projections=(PROJECTION,),
    hears=(
        VolunteerAppointed.TOPIC,
        ServiceUnitOpened.TOPIC,
        CaseScreened.TOPIC,
        *REFERRAL_TOPICS,
        AssistanceRecorded.TOPIC,
    ),
    uses_vault=True,
    enrols=True,
)

"""The one place where intake is put together. It says nothing because of what it hears: volunteers, units and what became of a
case are only stored, to be looked up."""

from collections.abc import Coroutine, Mapping
from typing import Any

from services.intake.api import router
from services.intake.people import reapply
from services.intake.people.erasures import NAME, Erasures
from services.intake.projection import PROJECTION
from shared.events.catalogue import REFERRAL_TOPICS
from shared.events.registry import ServiceUnitOpened, VolunteerAppointed
from shared.events.routing import AssistanceRecorded
from shared.events.screening import CaseScreened
from shared.process import Definition, Parts


def _loops(parts: Parts) -> Mapping[str, Coroutine[Any, Any, None]]:
    assert parts.vault is not None  # `enrols`
    return {NAME: Erasures(parts.settings.database.get_secret_value(), "intake", parts.vault).run()}


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
    imports=True,
    loops=_loops,
    commands=(reapply.COMMAND,),
)

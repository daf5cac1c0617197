"""The one place where screening is put together.

Screening seals the notes of its decisions and could not open anything if it wanted to (`seals_only`). A note on a case without a
person is sealed under a key of the case, which the worker confirms (`enrols`) once the decision is stored."""

from services.screening.api import router
from services.screening.projection import PROJECTION
from services.screening.reactions import handlers
from shared.events.catalogue import REFERRAL_TOPICS
from shared.events.intake import NeedReported
from shared.process import Definition

DEFINITION = Definition(
    name="screening",
    router=router,
    projections=(PROJECTION,),
    hears=(NeedReported.TOPIC, *REFERRAL_TOPICS),
    handlers=handlers,
    uses_vault=True,
    seals_only=True,
    enrols=True,
)

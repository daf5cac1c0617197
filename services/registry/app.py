"""The one place where registry is put together. It hears nothing: what it says rests on what it was told over HTTP alone."""

from services.registry.api import router
from services.registry.api.dev_tokens import development_router
from services.registry.projection import PROJECTION
from shared.process import Definition

DEFINITION = Definition(
    name="registry",
    router=router,
    projections=(PROJECTION,),
    uses_vault=True,
    enrols=True,
    development=development_router,
)

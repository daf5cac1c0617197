"""Registry over HTTP: volunteers, service units, figures, and the network around them; in development also tokens."""

from fastapi import APIRouter

from services.registry.activities import api as activities
from services.registry.api import figures, service_units, volunteers
from services.registry.cards import api as cards
from services.registry.centres import api as centres
from services.registry.imports.kind import VOLUNTEERS
from services.registry.mentors import api as mentors
from services.registry.mobile_units import api as mobile_units
from services.registry.years import api as years
from shared.imports.routes import import_routes


def router() -> APIRouter:
    routes = APIRouter()
    routes.include_router(import_routes(VOLUNTEERS))  # before `/volunteers/{volunteer_id}`, which would take the template for one
    for part in (years, volunteers, service_units, figures, cards, centres, mentors, activities, mobile_units):
        routes.include_router(part.router())
    return routes

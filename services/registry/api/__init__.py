"""Registry over HTTP: volunteers, service units, figures; in development also tokens."""

from fastapi import APIRouter

from services.registry.api import figures, service_units, volunteers


def router() -> APIRouter:
    routes = APIRouter()
    for part in (volunteers, service_units, figures):
        routes.include_router(part.router())
    return routes

"""Routing over HTTP: referrals and the help that was given."""

from fastapi import APIRouter

from services.routing.api import assistance, referrals


def router() -> APIRouter:
    routes = APIRouter()
    routes.include_router(referrals.router())
    routes.include_router(assistance.router())
    return routes

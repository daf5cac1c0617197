"""Reporting over HTTP: the official forms and what becomes of them, and the figures."""

from fastapi import APIRouter

from services.reporting.api import figures, forms


def router() -> APIRouter:
    routes = APIRouter()
    routes.include_router(forms.router())
    routes.include_router(figures.router())
    return routes

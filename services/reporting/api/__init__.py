"""Reporting over HTTP: the official forms and what becomes of them, what is due, summaries of tip-offs, the figures, and those of
the network."""

from fastapi import APIRouter

from services.reporting.api import book, due, figures, forms, network, people, snb1, tipoffs


def router() -> APIRouter:
    routes = APIRouter()
    for part in (forms, book, snb1, due, tipoffs, figures, network, people):
        routes.include_router(part.router())
    return routes

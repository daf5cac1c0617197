"""`POST /dev/tokens`: a token for whoever the caller wants to be. Only in development, and only with an issuer's key."""

from fastapi import APIRouter

from shared.dev_issuer import DevIssuer, Token, TokenRequest
from shared.settings import Settings
from shared.web import WriteEdge
from shared.web.openapi import takes


def development_router(settings: Settings) -> APIRouter:
    """No routes without a key to sign with."""
    routes = APIRouter()
    if settings.dev_issuer_key is None:
        return routes
    issuer = DevIssuer(settings)

    @routes.post("/dev/tokens", openapi_extra=takes(TokenRequest))
    async def dev_token(edge: WriteEdge) -> Token:
        return issuer.issue(await edge.body(TokenRequest))

    return routes

"""`POST /dev/tokens`: a token for whoever the caller wants to be. Only in development, and only with an issuer's key."""

from fastapi import APIRouter
from pydantic import ValidationError

from shared.dev_issuer import DevIssuer, Token, TokenRequest
from shared.errors import InvalidError
from shared.settings import Settings
from shared.web import AnybodysBody
from shared.web.openapi import ANYBODYS, takes
from shared.web.problems import faults_of


def development_router(settings: Settings) -> APIRouter:
    """No routes without a key to sign with."""
    routes = APIRouter()
    if settings.dev_issuer_key is None:
        return routes
    issuer = DevIssuer(settings)

    @routes.post("/dev/tokens", openapi_extra=takes(TokenRequest) | ANYBODYS)
    async def dev_token(raw: AnybodysBody) -> Token:
        return issuer.issue(_wanted(raw))

    return routes


def _wanted(raw: bytes) -> TokenRequest:
    try:
        return TokenRequest.model_validate_json(raw)
    except ValidationError as error:
        raise InvalidError(faults_of(error)) from None

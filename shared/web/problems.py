"""The one place where refusals become answers: RFC 9457 problem+json with a stable code. Nothing of the input is repeated."""

import logging
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

import orjson
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from pydantic_core import ErrorDetails
from starlette.exceptions import HTTPException

from shared.errors import (
    ConflictError,
    Fault,
    ForbiddenError,
    InvalidError,
    MalformedError,
    NotFoundError,
    NotYetVisibleError,
    RefusedError,
    SongtorError,
    TooManyRequestsError,
    UnauthorizedError,
    UnavailableError,
)
from shared.logs import PROBLEM
from shared.web.hardening import HEADERS

logger = logging.getLogger(__name__)

_CODES = {"missing": "required", "extra_forbidden": "unknown_field", "string_too_long": "too_long"}
_WORDS = {
    "required": "must be given",
    "unknown_volunteer": "is no volunteer in service",
    "unknown_unit": "is no open service unit",
    "consent_required": "the citizen's consent is needed",
    "citizen_required": "the citizen must be named",
    "unknown_field": "there is no such field",
    "too_long": "is too long",
    "invalid": "is not valid",
    "unknown_place": "is no place code",
    "invalid_citizen_id": "is no valid ID",
    "in_future": "lies in the future",
}
_OURS = frozenset(_WORDS)


def problem(
    status: int, code: str, detail: str = "", faults: Sequence[Fault] = (), headers: dict[str, str] | None = None
) -> Response:
    """An answer of application/problem+json."""
    body: dict[str, Any] = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "code": code}
    PROBLEM.set(code)
    body["detail"] = detail or code.replace("_", " ")
    body["errors"] = [{"pointer": fault.pointer, "code": fault.code, "message": fault.message} for fault in faults]
    # Named here, too: the answer to an unexpected failure is made outside of everything else.
    return Response(orjson.dumps(body), status, headers={**HEADERS, **(headers or {})}, media_type="application/problem+json")


def too_many_requests(refused: TooManyRequestsError) -> Response:
    """Also for those who answer before any route is found."""
    headers = {"Retry-After": str(refused.retry_after)}
    return problem(429, refused.code, "more requests than are taken of one caller", headers=headers)


def faults_of(error: ValidationError | RequestValidationError, skip: int = 0) -> list[Fault]:
    """Pydantic's findings as faults, without what was found wrong."""
    return [_fault(detail, skip) for detail in error.errors()]


def _fault(detail: ErrorDetails | dict[str, Any], skip: int) -> Fault:
    kind = str(detail["type"])
    code = _CODES.get(kind) or (kind if kind in _OURS else "invalid")
    pointer = "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in detail["loc"][skip:])
    return Fault(pointer if code != "unknown_field" else _parent(pointer), code, _WORDS.get(code, "is not valid"))


def _parent(pointer: str) -> str:
    """An unknown field's own name is input, and could be an ID: it is named only when it looks like a field name."""
    name = pointer.rsplit("/", 1)[-1]
    return (
        pointer
        if name.replace("_", "").isascii() and name.replace("_", "").isalpha() and len(name) <= 40
        else pointer[: -len(name)] + "*"
    )


def answer_problems(app: FastAPI) -> None:
    """Registers the handlers."""
    app.add_exception_handler(SongtorError, _songtor_error)
    app.add_exception_handler(RequestValidationError, _request_invalid)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(Exception, _unexpected)


async def _songtor_error(_: Request, error: Exception) -> Response:
    match error:
        case InvalidError():
            code = error.faults[0].code if len(error.faults) == 1 else "invalid"
            return problem(422, code, "the request has faults", error.faults)
        case RefusedError() | MalformedError():
            return problem(error.status, error.code, error.detail)
        case UnauthorizedError():
            return problem(401, error.code, headers={"WWW-Authenticate": "Bearer"})
        case ForbiddenError():
            return problem(403, error.code, "no role of the token may do this")
        case TooManyRequestsError():
            return too_many_requests(error)
        case NotFoundError():
            return problem(404, error.code)
        case UnavailableError():
            return problem(503, error.code, error.detail, headers={"Retry-After": "1"})
        case NotYetVisibleError():
            return problem(504, error.code)
        case ConflictError():
            return problem(503, "busy", "others change the same thing; try again", headers={"Retry-After": "1"})
        case _:
            return problem(500, "internal_error")


async def _request_invalid(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    if any(detail["loc"][0] == "path" for detail in error.errors()):
        return problem(404, NotFoundError.code)
    faults = faults_of(error)
    return problem(422, faults[0].code if len(faults) == 1 else "invalid", "the request has faults", faults)


async def _http_error(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    code = {404: "not_found", 405: "method_not_allowed"}.get(error.status_code, "http_error")
    return problem(error.status_code, code, headers=dict(error.headers or {}))


async def _unexpected(request: Request, error: Exception) -> Response:
    route = request.scope.get("route")
    told = {"route": getattr(route, "path", None), "request_id": request.scope.get("request_id")}
    logger.error("unexpected failure", exc_info=error, extra=told)
    return problem(500, "internal_error")

"""Callers for tests of one service: an issuer of this run, and tokens for any roles. `SETTINGS` makes a service take them."""

import atexit
import base64
import json
import shutil
import tempfile
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any, get_args
from uuid import UUID

from pydantic import SecretStr

from shared.auth import Role
from shared.dev_issuer import DevIssuer, TokenRequest, new_issuer_key
from shared.settings import Settings

NOBODY_IS_LIMITED = 1_000_000
UNKNOWN_SECONDS = 0.4
"""For so long they wait for what they do not know yet."""
KEY_LIFE_SECONDS = 0.2
"""For so long the services of tests go on reading somebody who was forgotten behind their back."""
EVERY_ROLE: tuple[Role, ...] = get_args(Role)


def _new_keys() -> Path:
    home = Path(tempfile.mkdtemp(prefix="songtor-issuer-"))
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    pem, jwks = new_issuer_key()
    (home / "key.pem").write_bytes(pem)
    (home / "jwks.json").write_bytes(jwks)
    return home


_KEYS = _new_keys()
SETTINGS: dict[str, Any] = {
    "data_dir": str(_KEYS / "data"),
    "jwks": str(_KEYS / "jwks.json"),
    "limit_subject": NOBODY_IS_LIMITED,
    "limit_address": NOBODY_IS_LIMITED,
    "limit_stranger": NOBODY_IS_LIMITED,
    "vault_key_seconds": KEY_LIFE_SECONDS,
    "unknown_seconds": UNKNOWN_SECONDS,
}
"""For `Settings(ENV=…, **SETTINGS)`."""
ISSUER_KEY = _KEYS / "key.pem"


def caller(
    *roles: Role,
    provinces: Iterable[str] = ("*",),
    agency: str | None = None,
    unit_id: UUID | str | None = None,
    volunteer_id: UUID | str | None = None,
    sub: str = "somebody",
) -> dict[str, str]:
    """The header of a request by somebody with these roles; without any, with all of them."""
    claims = {
        "sub": sub,
        "roles": roles or EVERY_ROLE,
        "provinces": [*provinces],
        "agency": agency,
        "unit_id": unit_id,
        "volunteer_id": volunteer_id,
    }
    return {"Authorization": f"Bearer {_token(json.dumps(claims, default=str))}"}


@cache
def _token(claims: str) -> str:
    return _issuer().issue(TokenRequest.model_validate_json(claims)).access_token


@cache
def _issuer() -> DevIssuer:
    pepper = SecretStr(base64.b64encode(b"p" * 32).decode())
    unused: dict[str, Any] = {"database": SecretStr("dbname=nobody-asks"), "pepper": pepper}
    return DevIssuer(Settings(ENV="development", dev_issuer_key=ISSUER_KEY, **unused, **SETTINGS))

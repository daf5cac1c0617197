"""The development issuer: makes tokens for anybody who asks, and the key that it signs them with. Registry serves it with
ENV=development; settings refuse its key anywhere else. Checking tokens is in `auth.py`."""

import base64
import hashlib
import json
import time
from typing import Any
from uuid import UUID

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from jwt.algorithms import ECAlgorithm
from pydantic import BaseModel, ConfigDict, Field

from shared.auth import ProvinceScope, Role, Subject
from shared.events.codes import Agency
from shared.settings import Settings

TOKEN_LIFE_S = 8 * 3600


class TokenRequest(BaseModel):
    """Body of `POST /dev/tokens`: who the token shall say its bearer is."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    sub: Subject
    roles: list[Role] = Field(min_length=1, max_length=7)
    provinces: list[ProvinceScope] = Field(max_length=78)
    agency: Agency | None = None
    volunteer_id: UUID | None = None
    unit_id: UUID | None = None


class Token(BaseModel):
    """`access_token` is a JWT; `expires_in` is in seconds of the real clock."""

    access_token: str
    expires_in: int


class DevIssuer:
    """Signs with the key at `settings.dev_issuer_key`."""

    def __init__(self, settings: Settings) -> None:
        if settings.dev_issuer_key is None or not settings.development:
            raise ValueError("the development issuer needs SONGTOR_DEV_ISSUER_KEY and ENV=development")
        self._key = issuer_key(settings.dev_issuer_key.read_bytes())
        self._settings = settings

    def issue(self, wanted: TokenRequest) -> Token:
        return signed(self._key, wanted, issuer=self._settings.issuer, audience=self._settings.audience)


def issuer_key(pem: bytes) -> ec.EllipticCurvePrivateKey:
    """Raises ValueError for any other than a private key on P-256."""
    key = load_pem_private_key(pem, password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise ValueError("SONGTOR_DEV_ISSUER_KEY must be a private key on the curve P-256")
    return key


def signed(
    key: ec.EllipticCurvePrivateKey, wanted: TokenRequest, *, issuer: str, audience: str, life_s: int = TOKEN_LIFE_S
) -> Token:
    """A token (ES256) whose `kid` is the key's thumbprint (RFC 7638), as in the set that `new_issuer_key` gives."""
    now = int(time.time())
    claims = wanted.model_dump(mode="json", exclude_none=True) | {"iss": issuer, "aud": audience, "iat": now, "exp": now + life_s}
    token = jwt.encode(claims, key, algorithm="ES256", headers={"kid": public_jwk(key)["kid"]})
    return Token(access_token=token, expires_in=life_s)


def new_issuer_key() -> tuple[bytes, bytes]:
    """A new key: PEM (PKCS#8, unencrypted; for `dev_issuer_key`) and the JWKS with its public half (for `jwks`)."""
    key = ec.generate_private_key(ec.SECP256R1())
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return pem, json.dumps({"keys": [public_jwk(key)]}).encode()


def public_jwk(key: ec.EllipticCurvePrivateKey) -> dict[str, Any]:
    """The public half as a JWK, with its thumbprint as `kid`."""
    jwk: dict[str, Any] = ECAlgorithm.to_jwk(key.public_key(), as_dict=True)
    members = {name: jwk[name] for name in ("crv", "kty", "x", "y")}
    digest = hashlib.sha256(json.dumps(members, sort_keys=True, separators=(",", ":")).encode()).digest()
    return members | {"kid": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(), "use": "sig", "alg": "ES256"}

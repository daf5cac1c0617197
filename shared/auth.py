"""Who is asking: the one place where a request's token becomes a `Principal`. What a principal may do is decided by the access
rules, not here; the issuer's keys are in `jwks.py`."""

import hashlib
import hmac
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Literal, get_args
from uuid import UUID

import jwt
from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError, field_validator

from shared.errors import UnauthorizedError
from shared.events.codes import Agency
from shared.jwks import ALGORITHMS, KeySet
from shared.settings import Settings

Role = Literal["volunteer", "unit_clerk", "province_officer", "agency_officer", "ministry", "auditor", "admin"]
ROLES: frozenset[str] = frozenset(get_args(Role))
EVERYWHERE = "*"
ProvinceScope = Annotated[str, StringConstraints(pattern=r"^([0-9]{2}|\*)$")]
Subject = Annotated[str, StringConstraints(min_length=1, max_length=200)]

TOKEN_CHARACTERS = 8192
# Clocks of two machines differ a little.
LEEWAY_S = 10
SEEN_SECONDS = 30.0
SEEN_AT_MOST = 10_000


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks. `actor` goes into events in place of `subject`, which may be somebody's name or number."""

    subject: str
    actor: str
    roles: frozenset[str]
    provinces: frozenset[str]
    agency: str | None = None
    volunteer_id: UUID | None = None
    unit_id: UUID | None = None

    @property
    def sees_all(self) -> bool:
        """Every province."""
        return EVERYWHERE in self.provinces

    def may_see(self, province: str) -> bool:
        """`province`: its 2-digit code."""
        return self.sees_all or province in self.provinces


class _Claims(BaseModel):
    """What a token says, beyond what the signature library has checked. Other claims are the issuer's own business."""

    model_config = ConfigDict(extra="ignore")

    sub: Subject
    exp: float
    roles: frozenset[str]
    provinces: frozenset[ProvinceScope]
    agency: Agency | None = None
    volunteer_id: UUID | None = None
    unit_id: UUID | None = None

    @field_validator("roles")
    @classmethod
    def _only_ours(cls, roles: frozenset[str]) -> frozenset[str]:
        """An identity provider also names roles of other systems: they mean nothing here."""
        return roles & ROLES


class _Seen:
    """Tokens that held a moment ago, by their hash: checking a signature takes longer than all else before the database. Each for
    SEEN_SECONDS and never past its end, so that a key that the issuer withdraws is heeded within that time."""

    def __init__(self, at_most: int) -> None:
        self._at_most = at_most
        self._principals: OrderedDict[bytes, tuple[float, Principal]] = OrderedDict()

    def get(self, token: str, now: float) -> Principal | None:
        until, principal = self._principals.get(_hash_of(token), (0.0, None))
        return principal if now < until else None

    def put(self, token: str, principal: Principal, now: float, ends: float) -> None:
        """`now` and `ends`: seconds since 1970."""
        name = _hash_of(token)
        self._principals.pop(name, None)
        self._principals[name] = (min(now + SEEN_SECONDS, ends), principal)
        while len(self._principals) > self._at_most:
            self._principals.popitem(last=False)


def _hash_of(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


class Authenticator:
    """Checks tokens: signature (RS256 or ES256, by a key of the issuer), issuer, audience, expiry, claims."""

    def __init__(
        self,
        settings: Settings,
        *,
        keys: KeySet | None = None,
        now: Callable[[], float] = time.time,
        seen_at_most: int = SEEN_AT_MOST,
    ) -> None:
        if keys is None and settings.jwks is None and not settings.development:
            raise ValueError("SONGTOR_JWKS is needed: without the issuer's keys nobody could be let in")
        self._settings = settings
        self._keys = keys if keys is not None or settings.jwks is None else KeySet(settings.jwks)
        self._seen = _Seen(seen_at_most)
        self._now = now

    async def authenticate(self, authorization: str | None) -> Principal:
        """`authorization`: the header's value, None if there is none. Raises UnauthorizedError, which says nothing of the
        token's content; UnavailableError when the token's key can not be had."""
        if authorization is None:
            raise UnauthorizedError("a token is needed")
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or len(token) > TOKEN_CHARACTERS:
            raise UnauthorizedError("the token does not hold")
        token = token.strip()
        found = self._seen.get(token, self._now())
        if found is None:
            claims = await self._claims(token)
            found = self._principal(claims)
            self._seen.put(token, found, self._now(), claims.exp)
        return found

    async def _claims(self, token: str) -> _Claims:
        try:
            header = jwt.get_unverified_header(token)
            # Refused before the key is looked for: a symmetric or empty signature must never meet a public key.
            if header.get("alg") not in ALGORITHMS or self._keys is None:
                raise UnauthorizedError("the token does not hold")
            payload = jwt.decode(
                token,
                await self._keys.key(header.get("kid", "")),
                algorithms=list(ALGORITHMS),
                issuer=self._settings.issuer,
                audience=self._settings.audience,
                leeway=LEEWAY_S,
                options={"require": ["exp", "iss", "aud", "sub"]},
            )
            return _Claims.model_validate(payload)
        except (jwt.PyJWTError, ValidationError):
            # Without the cause: its words repeat the token's content.
            raise UnauthorizedError("the token does not hold") from None

    def _principal(self, claims: _Claims) -> Principal:
        return Principal(
            subject=claims.sub,
            actor=self._actor(claims.sub),
            roles=claims.roles,
            provinces=claims.provinces,
            agency=claims.agency,
            volunteer_id=claims.volunteer_id,
            unit_id=claims.unit_id,
        )

    def _actor(self, subject: str) -> str:
        """An opaque id, the same for the same person of the same issuer. Keyed: a subject that is a phone number or a
        citizen ID could be found by trying all of them under a plain hash."""
        digest = hmac.digest(self._settings.pepper_bytes, f"actor\0{self._settings.issuer}\0{subject}".encode(), "sha256")
        return str(UUID(bytes=digest[:16], version=4))

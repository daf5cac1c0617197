"""Who is let in, and as whom. Keys come from files here; over HTTP see tests/integration/test_jwks.py."""

import base64
import hmac
import json
import time
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from fastapi import FastAPI, Request
from hypothesis import given
from hypothesis import strategies as st
from jwt.algorithms import RSAAlgorithm
from pydantic import ValidationError

from shared.auth import SEEN_SECONDS, TOKEN_CHARACTERS, Authenticator, Principal
from shared.dev_issuer import TOKEN_LIFE_S, DevIssuer, TokenRequest, new_issuer_key, public_jwk
from shared.errors import UnauthorizedError, UnavailableError
from shared.jwks import FRESH_S, RETRY_S, KeySet
from shared.settings import Settings
from shared.web.problems import answer_problems

RSA_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
EC_KEY = ec.generate_private_key(ec.SECP256R1())
EC_JWK = public_jwk(EC_KEY)
RSA_JWK = RSAAlgorithm.to_jwk(RSA_KEY.public_key(), as_dict=True) | {"kid": "rsa", "use": "sig"}


class Clock:
    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


def settings(env: str = "production", **others: Any) -> Settings:
    pepper = base64.b64encode(bytes(range(0, 256, 8))).decode()
    return Settings.model_validate(
        {"ENV": env, "database": "dbname=none", "pepper": pepper, "kafka_security": "plaintext"} | others
    )


def jwks_file(folder: Path, *keys: dict[str, Any]) -> Path:
    path = folder / "jwks.json"
    path.write_text(json.dumps({"keys": keys}))
    return path


def b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def claims(**others: Any) -> dict[str, Any]:
    usual = {"iss": "songtor-dev", "aud": "songtor", "sub": "somchai", "exp": time.time() + 60}
    return usual | {"roles": ["province_officer"], "provinces": ["24"]} | others


def bearer(content: dict[str, Any], key: Any = EC_KEY, algorithm: str = "ES256", kid: str | None = EC_JWK["kid"]) -> str:
    headers = {"kid": kid} if kid is not None else {}
    return "Bearer " + jwt.encode(content, key, algorithm=algorithm, headers=headers)


@pytest.fixture
def authenticator(tmp_path: Path) -> Authenticator:
    return Authenticator(settings(jwks=str(jwks_file(tmp_path, EC_JWK, RSA_JWK))))


async def test_a_token_of_either_algorithm_names_its_bearer(authenticator: Authenticator) -> None:
    unit = UUID("00000000-0000-4000-8000-000000000007")
    content = claims(agency="DOE", unit_id=str(unit), roles=["agency_officer", "offline_access"])
    by_ec = await authenticator.authenticate(bearer(content))
    by_rsa = await authenticator.authenticate(bearer(content, RSA_KEY, "RS256", "rsa"))
    assert by_ec == by_rsa
    assert by_ec.subject == "somchai"
    assert by_ec.roles == {"agency_officer"}
    assert by_ec.provinces == {"24"}
    assert (by_ec.agency, by_ec.unit_id, by_ec.volunteer_id) == ("DOE", unit, None)


async def test_the_actor_is_the_same_for_the_same_person_and_shows_nothing_of_them(authenticator: Authenticator) -> None:
    first = await authenticator.authenticate(bearer(claims(sub="0812345678")))
    again = await authenticator.authenticate(bearer(claims(sub="0812345678", roles=["auditor"])))
    other = await authenticator.authenticate(bearer(claims(sub="0812345679")))
    assert first.actor == again.actor != other.actor
    assert str(UUID(first.actor)) == first.actor
    assert "0812345678" not in first.actor


@pytest.mark.parametrize(
    "wrong",
    [
        {"iss": "somebody-else"},
        {"aud": "another-system"},
        {"exp": 1_000_000_000},
        {"nbf": 9_000_000_000},
        {"roles": "admin"},
        {"roles": [1]},
        {"provinces": ["กทม"]},
        {"provinces": ["240"]},
        {"provinces": "*"},
        {"agency": "FBI"},
        {"volunteer_id": "7"},
        {"sub": ""},
        {"sub": "x" * 201},
    ],
    ids=str,
)
async def test_a_token_that_says_something_wrong_is_refused(authenticator: Authenticator, wrong: dict[str, Any]) -> None:
    with pytest.raises(UnauthorizedError):
        await authenticator.authenticate(bearer(claims(**wrong)))


@pytest.mark.parametrize("missing", ["iss", "aud", "exp", "sub", "roles", "provinces"])
async def test_a_token_that_leaves_out_a_claim_is_refused(authenticator: Authenticator, missing: str) -> None:
    content = claims()
    del content[missing]
    with pytest.raises(UnauthorizedError):
        await authenticator.authenticate(bearer(content))


async def test_a_token_of_another_key_is_refused_whatever_kid_it_claims(authenticator: Authenticator) -> None:
    stranger = ec.generate_private_key(ec.SECP256R1())
    for kid in (EC_JWK["kid"], "rsa", "unknown", "", None):
        with pytest.raises(UnauthorizedError):
            await authenticator.authenticate(bearer(claims(), stranger, kid=kid))


def forged_with_the_public_key() -> str:
    """The classic: HS256 with the public key taken for a shared secret. Made by hand, PyJWT refuses to."""
    secret = RSA_KEY.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    signed = ".".join(b64(json.dumps(part).encode()) for part in ({"alg": "HS256", "kid": "rsa"}, claims()))
    return f"Bearer {signed}.{b64(hmac.digest(secret, signed.encode(), 'sha256'))}"


async def test_unsigned_and_symmetric_tokens_are_refused(authenticator: Authenticator) -> None:
    for token in (
        bearer(claims(), None, "none"),
        forged_with_the_public_key(),
        bearer(claims(), RSA_KEY, "PS256", "rsa"),
        bearer(claims(), RSA_KEY, "RS256"),  # kid of the other key
    ):
        with pytest.raises(UnauthorizedError):
            await authenticator.authenticate(token)


async def test_a_token_changed_in_any_part_is_refused(authenticator: Authenticator) -> None:
    header, payload, signature = bearer(claims()).split(".")
    richer = b64(json.dumps(claims(roles=["admin"])).encode())
    for token in (f"{header}.{richer}.{signature}", f"{header}.{payload}.{'A' * 86}", f"{header}.{payload}."):
        with pytest.raises(UnauthorizedError):
            await authenticator.authenticate(token)


@pytest.mark.parametrize("characters", [TOKEN_CHARACTERS, 100_000])
async def test_an_oversize_token_is_refused_although_well_signed(authenticator: Authenticator, characters: int) -> None:
    with pytest.raises(UnauthorizedError):
        await authenticator.authenticate(bearer(claims(more="x" * characters)))


async def test_every_bad_token_is_answered_401_and_told_what_is_wanted(authenticator: Authenticator) -> None:
    app = FastAPI()
    answer_problems(app)

    @app.get("/thing")
    async def thing(request: Request) -> str:
        return (await authenticator.authenticate(request.headers.get("authorization"))).subject

    late = {"exp": 1_000_000_000}
    bad = [
        bearer(claims(**wrong)) for wrong in (late, {"nbf": 9_000_000_000}, {"iss": "other"}, {"aud": "other"}, {"roles": "x"})
    ]
    bad += [
        bearer(claims(), None, "none"),
        forged_with_the_public_key(),
        bearer(claims())[:-4],
        bearer(claims(more="x" * 100_000)),
    ]
    bad += ["", "Bearer", "Basic dTpw", bearer(claims(), ec.generate_private_key(ec.SECP256R1()))]
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://service") as http:
        assert (await http.get("/thing", headers={"Authorization": bearer(claims())})).status_code == 200
        for headers in ({}, *({"Authorization": token} for token in bad)):
            answer = await http.get("/thing", headers=headers)
            assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer"), headers
            assert (answer.json()["code"], answer.headers["content-type"]) == ("unauthorized", "application/problem+json")


DEEP = b64(b"[" * 4000)


@pytest.mark.parametrize(
    "garbage", ["", "Bearer", "Bearer ", "Bearer a.b.c", "Basic dTpw", f"Bearer {DEEP}.e30.AA", "Bearer é.é.é"]
)
async def test_garbage_is_refused_and_never_breaks(authenticator: Authenticator, garbage: str) -> None:
    with pytest.raises(UnauthorizedError):
        await authenticator.authenticate(garbage)


IN_DEVELOPMENT = Authenticator(settings("development"))


@given(header=st.binary(max_size=200) | st.text(max_size=50).map(lambda text: json.dumps({"alg": "ES256", "kid": text}).encode()))
async def test_any_header_of_a_token_is_answered_with_a_refusal(header: bytes) -> None:
    token = b64(header) + ".e30.AA"
    with pytest.raises(UnauthorizedError):
        await IN_DEVELOPMENT.authenticate("Bearer " + token)


async def test_the_refusal_repeats_nothing_of_the_token(authenticator: Authenticator) -> None:
    with pytest.raises(UnauthorizedError) as refused:
        await authenticator.authenticate(bearer(claims(sub="1970100000011", agency="1970100000011")))
    assert "1970100000011" not in str(refused.value)
    assert refused.value.__cause__ is None
    assert refused.value.__suppress_context__


async def test_without_a_token_nobody_is_let_in_anywhere(authenticator: Authenticator) -> None:
    with pytest.raises(UnauthorizedError):
        await authenticator.authenticate(None)
    for env in ("development", "test"):
        with pytest.raises(UnauthorizedError):
            await Authenticator(settings(env, jwks="/nowhere.json")).authenticate(None)
    with pytest.raises(UnauthorizedError):
        await Authenticator(settings("development")).authenticate(None)


def test_a_service_without_the_issuers_keys_does_not_start() -> None:
    with pytest.raises(ValueError, match="SONGTOR_JWKS"):
        Authenticator(settings())


def test_a_principal_sees_its_own_provinces_only() -> None:
    officer = Principal("s", "a", frozenset({"province_officer"}), frozenset({"24", "20"}))
    assert officer.may_see("24")
    assert not officer.may_see("10")
    assert not officer.sees_all


# keys


async def test_a_new_key_of_the_issuer_is_fetched_when_a_token_names_it(tmp_path: Path) -> None:
    clock = Clock()
    path = jwks_file(tmp_path, RSA_JWK)
    authenticator = Authenticator(settings(), keys=KeySet(str(path), monotonic=clock))
    with pytest.raises(UnauthorizedError):
        await authenticator.authenticate(bearer(claims()))
    jwks_file(tmp_path, RSA_JWK, EC_JWK)
    clock.seconds += RETRY_S
    assert (await authenticator.authenticate(bearer(claims()))).subject == "somchai"


async def test_a_key_that_the_issuer_withdrew_is_refused_once_the_set_is_old(tmp_path: Path) -> None:
    clock = Clock()
    authenticator = Authenticator(settings(), keys=KeySet(str(jwks_file(tmp_path, EC_JWK)), monotonic=clock))
    await authenticator.authenticate(bearer(claims()))
    jwks_file(tmp_path, RSA_JWK)
    clock.seconds += FRESH_S
    with pytest.raises(UnauthorizedError):
        await authenticator.authenticate(bearer(claims()))


async def test_known_keys_go_on_while_the_issuer_is_away_and_unknown_ones_are_told_to_come_again(tmp_path: Path) -> None:
    clock = Clock()
    path = jwks_file(tmp_path, EC_JWK)
    authenticator = Authenticator(settings(), keys=KeySet(str(path), monotonic=clock))
    await authenticator.authenticate(bearer(claims()))
    path.write_text("<html>")
    for _ in range(3):
        clock.seconds += FRESH_S
        assert (await authenticator.authenticate(bearer(claims()))).subject == "somchai"
    with pytest.raises(UnavailableError, match="issuer_unavailable"):
        await authenticator.authenticate(bearer(claims(), RSA_KEY, "RS256", "rsa"))


async def test_unknown_kids_do_not_make_us_fetch_again_and_again(tmp_path: Path) -> None:
    clock = Clock()
    path = jwks_file(tmp_path, EC_JWK)
    authenticator = Authenticator(settings(), keys=KeySet(str(path), monotonic=clock))
    await authenticator.authenticate(bearer(claims()))
    jwks_file(tmp_path, EC_JWK, RSA_JWK)
    clock.seconds += RETRY_S - 1
    with pytest.raises(UnauthorizedError):
        await authenticator.authenticate(bearer(claims(), RSA_KEY, "RS256", "rsa"))


async def test_secrets_in_a_key_set_are_not_used(tmp_path: Path) -> None:
    secret = {"kty": "oct", "kid": "shared", "k": b64(b"k" * 32)}
    keys = KeySet(str(jwks_file(tmp_path, EC_JWK, secret, {"kty": "EC", "kid": "broken"}, {"kid": 1})))
    authenticator = Authenticator(settings(), keys=keys)
    assert (await authenticator.authenticate(bearer(claims()))).subject == "somchai"
    with pytest.raises(UnauthorizedError):
        await keys.key("shared")


# the development issuer


@pytest.fixture
def development(tmp_path: Path) -> Settings:
    pem, jwks = new_issuer_key()
    (tmp_path / "key.pem").write_bytes(pem)
    (tmp_path / "jwks.json").write_bytes(jwks)
    return settings("development", jwks=str(tmp_path / "jwks.json"), dev_issuer_key=str(tmp_path / "key.pem"))


async def test_a_development_token_holds_and_says_what_was_wanted(development: Settings) -> None:
    wanted = TokenRequest.model_validate({"sub": "doe-24", "roles": ["agency_officer"], "provinces": ["24"], "agency": "DOE"})
    token = DevIssuer(development).issue(wanted)
    bearer_of = await Authenticator(development).authenticate(f"Bearer {token.access_token}")
    assert token.expires_in == TOKEN_LIFE_S
    assert (bearer_of.subject, bearer_of.agency) == ("doe-24", "DOE")
    assert bearer_of.roles == {"agency_officer"}
    assert bearer_of.volunteer_id is None
    assert not bearer_of.may_see("20")


@pytest.mark.parametrize(
    "wrong",
    [
        {"roles": ["root"]},
        {"roles": []},
        {"provinces": ["2"]},
        {"provinces": ["24\n"]},
        {"provinces": ["๒๔"]},
        {"agency": "doe"},
        {"exp": 1},
        {"sub": ""},
        {"unit_id": "u"},
    ],
    ids=str,
)
def test_a_wish_for_a_token_that_cannot_be_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        TokenRequest.model_validate({"sub": "a", "roles": ["admin"], "provinces": ["*"]} | wrong)


def test_the_development_issuer_exists_in_development_only(development: Settings, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="refused unless ENV=development"):
        settings("production", dev_issuer_key=str(tmp_path / "key.pem"))
    with pytest.raises(ValueError, match="ENV=development"):
        DevIssuer(settings("development"))


class CountedKeys(KeySet):
    """The issuer's keys, and how often one was asked for."""

    asked = 0

    async def key(self, kid: str) -> jwt.PyJWK:
        self.asked += 1
        return await super().key(kid)


@pytest.fixture
def keys(tmp_path: Path) -> CountedKeys:
    return CountedKeys(str(jwks_file(tmp_path, EC_JWK)))


async def test_a_token_that_held_is_checked_again_after_half_a_minute(keys: CountedKeys) -> None:
    clock = Clock()
    clock.seconds = time.time()
    authenticator = Authenticator(settings(), keys=keys, now=clock)
    token = bearer(claims(exp=clock.seconds + 600))
    first = await authenticator.authenticate(token)
    assert [await authenticator.authenticate(token) for _ in range(3)] == [first] * 3
    assert keys.asked == 1
    clock.seconds += SEEN_SECONDS
    assert await authenticator.authenticate(token) == first
    assert keys.asked == 2


async def test_a_token_that_held_does_not_outlive_its_end(keys: CountedKeys) -> None:
    clock = Clock()
    clock.seconds = time.time()
    authenticator = Authenticator(settings(), keys=keys, now=clock)
    token = bearer(claims(exp=clock.seconds + 5))
    await authenticator.authenticate(token)
    clock.seconds += 5
    await authenticator.authenticate(token)
    assert keys.asked == 2, "past its end it is looked at anew"


async def test_only_the_very_token_that_held_is_known_again(keys: CountedKeys) -> None:
    authenticator = Authenticator(settings(), keys=keys)
    token = bearer(claims())
    await authenticator.authenticate(token)
    head, body, signature = token.split(".")
    other = "A" if signature[0] != "A" else "B"
    for forged in (f"{head}.{body}.{other}{signature[1:]}", f"{head}.{body}.", f"{head}.{b64(b'{}')}.{signature}"):
        for _ in range(2):
            with pytest.raises(UnauthorizedError):
                await authenticator.authenticate(forged)


async def test_of_many_tokens_the_newest_are_known_again(keys: CountedKeys) -> None:
    authenticator = Authenticator(settings(), keys=keys, seen_at_most=2)
    tokens = [bearer(claims(sub=f"caller {number}")) for number in range(3)]
    for token in [*tokens, tokens[2], tokens[1], tokens[0]]:
        await authenticator.authenticate(token)
    assert keys.asked == 4

"""What a process refuses to start with: development features, secrets that anybody would try first and keys of the issuer over
plain HTTP are for development alone."""

import base64
import secrets
from typing import Any

import pytest

from shared.guessable import has_guessable_password, is_guessable_key, is_guessable_password
from shared.settings import Settings

RANDOM = base64.b64encode(bytes(range(0, 256, 8))).decode()
ZEROS = base64.b64encode(bytes(32)).decode()
WORDS = base64.b64encode(b"please-change-me-please-change-m").decode()
FOR_DEVELOPMENT: list[dict[str, Any]] = [
    {"dev_issuer_key": "/keys/dev-issuer.pem"},
    {"jwks": "http://issuer.example/keys"},
    {"pepper": ZEROS},
    {"pepper": WORDS},
    {"master_key": ZEROS},
    {"card_key": WORDS},
    {"card_key": RANDOM, "card_keys_before": f"{RANDOM},{WORDS}"},
    {"database": "postgresql://intake:intake@db/intake"},  # pragma: allowlist secret
    {"database": "host=db user=intake password=postgres"},
    {"database_owner": "postgresql://intake_owner:changeme@db/intake"},  # pragma: allowlist secret
    {"vault": "postgresql://vault_intake:vault@db/vault"},  # pragma: allowlist secret
    {"vault_owner": "postgresql://vault_owner:Password@db/vault"},  # pragma: allowlist secret
    {"kafka_security": "sasl_ssl", "kafka_user": "intake", "kafka_password": "intake"},  # pragma: allowlist secret
]


def settings(env: str, **given: Any) -> Settings:
    usual = {"ENV": env, "database": "dbname=none", "pepper": RANDOM, "kafka_security": "plaintext"}
    return Settings.model_validate(usual | given)


@pytest.mark.parametrize("given", FOR_DEVELOPMENT, ids=str)
def test_what_development_may_nobody_else_starts_with(given: dict[str, Any]) -> None:
    assert settings("development", **given).development
    for env in ("test", "production"):
        with pytest.raises(ValueError, match=r"refused unless ENV=development|jwks must be an https address") as refused:
            settings(env, **given)
        assert not any(str(value) in str(refused.value) for value in given.values())


@pytest.mark.parametrize("env", ["test", "production"])
def test_real_secrets_and_keys_over_tls_or_in_a_file_are_taken(env: str) -> None:
    for jwks in ("https://issuer.example/keys", "/etc/songtor/jwks.json", "jwks.json"):
        dsn = f"postgresql://intake:{secrets.token_hex()}@db/intake"
        assert settings(env, jwks=jwks, database=dsn, master_key=base64.b64encode(secrets.token_bytes(32)).decode()).jwks == jwks


def test_the_first_key_of_cards_signs_and_those_before_it_stand_behind() -> None:
    keys = [secrets.token_bytes(32) for _ in range(3)]
    first, *before = (base64.b64encode(key).decode() for key in keys)
    assert settings("production", card_key=first, card_keys_before=" , ".join(before)).card_keys == (*keys,)
    assert settings("production", card_key=first, card_keys_before="").card_keys == (keys[0],)
    with pytest.raises(ValueError, match="card_keys_before must be base64 of 32 bytes"):
        settings("production", card_key=first, card_keys_before=f"{before[0]},{before[1][:-8]}")


@pytest.mark.parametrize("env", ["development", "test", "production"])
@pytest.mark.parametrize("jwks", ["ftp://issuer.example/keys", "file:///etc/jwks.json", "HTTP://issuer.example/keys"])
def test_keys_come_from_nowhere_else(env: str, jwks: str) -> None:
    with pytest.raises(ValueError, match="jwks must be an https address"):
        settings(env, jwks=jwks)


def test_a_process_that_is_told_nothing_is_in_production(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ENV", raising=False)
    assert Settings.model_fields["env"].default == "production"
    with pytest.raises(ValueError, match="Input should be 'development', 'test' or 'production'"):
        settings("staging")


def test_chance_is_never_taken_for_a_guess() -> None:
    assert not any(is_guessable_key(secrets.token_bytes(32)) for _ in range(1000))
    assert not is_guessable_password(secrets.token_urlsafe(), "intake")
    assert not has_guessable_password("host=/run/postgresql dbname=intake user=intake")
    assert not has_guessable_password("nonsense")

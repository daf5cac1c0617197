"""What a process is told from outside: addresses, keys and limits. Built once in `__main__.py` and handed down; nothing else
reads the environment. `python -m shared.settings` prints their page."""

import base64
import re
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, SecretStr, model_validator
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, SettingsConfigDict

from shared import places
from shared.broker import Broker, Security
from shared.buddhist_calendar import SNB2_DUE_DAY, SP12_CUTOFF_DAY
from shared.guessable import has_guessable_password, is_guessable_key, is_guessable_password

KEY_BYTES = 32
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")


class KafkaSettings(BaseSettings):
    """What whoever talks to Kafka is told. Every field is read from `SONGTOR_<NAME>`, but `env` from `ENV`."""

    # An error repeats none of what it is about: much of that is secret.
    model_config = SettingsConfigDict(env_prefix="SONGTOR_", frozen=True, extra="ignore", hide_input_in_errors=True)

    env: Literal["development", "test", "production"] = Field(
        "production",
        validation_alias="ENV",
        description="`development` opens development features; all others refuse them.",
    )
    kafka: str = Field("127.0.0.1:9092", description="Bootstrap servers, `host:port` separated by commas.")
    kafka_security: Security = Field(
        "plaintext", description="How Kafka knows us and is known: SCRAM-SHA-512 in the two with `sasl`. Production must say it."
    )
    kafka_user: str | None = Field(None, description="The user that Kafka knows this process by: the service's name.")
    kafka_password: SecretStr | None = Field(None, description="That user's password.")
    kafka_ca: Path | None = Field(None, description="PEM of who signed the brokers' certificates (not set: the system's own).")

    @model_validator(mode="after")
    def _refuse_to_be_nobody(self) -> Self:
        if self.env == "production" and "kafka_security" not in self.model_fields_set:
            raise ValueError("kafka_security must be said in production: sasl_ssl, or plaintext where nobody else reaches it")
        if self.kafka_security != "plaintext" and (self.kafka_user is None or self.kafka_password is None):
            raise ValueError(f"kafka_user and kafka_password are needed for {self.kafka_security}")
        return self

    @property
    def broker(self) -> Broker:
        return Broker(self.kafka, self.kafka_security, self.kafka_user, self.kafka_password, self.kafka_ca)


class Settings(KafkaSettings):
    """Settings of one service."""

    database: SecretStr = Field(description="DSN of the service's database, as the role that owns nothing.")
    database_owner: SecretStr | None = Field(
        None, description="DSN of the same database as its owner: only for migrate and rebuild."
    )
    vault: SecretStr | None = Field(
        None, description="DSN of the vault's database, as the service's own role there, `vault_<service>`."
    )
    vault_owner: SecretStr | None = Field(None, description="DSN of the vault as its owner: only for migrate and roster.")
    master_key: SecretStr | None = Field(
        None, description="Base64 of 32 bytes that wrap the data keys of people. Not for screening, which seals only."
    )
    vault_key_seconds: float = Field(
        5.0, gt=0, le=5, description="For how long a process reads on somebody who was forgotten in another: keys are cached."
    )
    pepper: SecretStr = Field(description="Base64 of 32 bytes that key the hashes of citizen IDs and request bodies.")
    card_key: SecretStr | None = Field(
        None, description="Base64 of 32 bytes that sign the codes on volunteers' cards (registry's api)."
    )
    card_keys_before: SecretStr | None = Field(
        None, description="Earlier values of SONGTOR_CARD_KEY, with commas between: cards that they signed hold as well."
    )
    card_url: str = Field(
        "",
        pattern=r"^(https?://[!-~]+[^/])?$",
        description="What the address in a card's code begins with: `https://` and a host (not set: the path alone).",
    )
    partitions: int = Field(4, ge=1, le=1000, description="Partitions of every topic; never changed once there are events.")
    replication: int = Field(1, ge=1, le=9, description="Copies of every topic.")
    host: str = Field("127.0.0.1", description="Address that the api and the worker's health server bind to.")
    port: int = Field(0, ge=0, le=65535, description="Port of the api (0: a free one).")
    worker_port: int = Field(0, ge=0, le=65535, description="Port of the worker's health and metrics server.")
    replica: str = Field("0", pattern=r"^[a-z0-9-]{1,40}$", description="Which of several like processes; unique per service.")
    data_dir: Path = Field(Path(".songtor"), description="Where the process may keep scratch files.")
    issuer: str = Field("songtor-dev", description="`iss` that a token must carry.")
    audience: str = Field("songtor", description="`aud` that a token must carry.")
    jwks: str | None = Field(None, description="Address (https) or file path of the issuer's public keys (JWKS).")
    dev_issuer_key: Path | None = Field(None, description="PEM of the development issuer's private key (registry).")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", description="Least level that is logged.")
    unknown_seconds: float = Field(
        1.0, gt=0, le=1, description="How long a thing is waited for that may still be on its way from another service."
    )
    limit_subject: int = Field(100, ge=1, description="Requests a second that one api process takes of one caller's token.")
    limit_address: int = Field(
        1000, ge=1, description="Requests a second that one api process takes of one address (an office shares one)."
    )
    limit_stranger: int = Field(
        30, ge=1, description="Requests a minute that one api process takes of one address without a token: cards to be verified."
    )
    forwarded_allow_ips: str = Field(
        "",
        description="Proxies, by address and with commas between, whose `X-Forwarded-For` and `-Proto` are believed.",
    )
    audit_head_every: float = Field(
        60.0, ge=0.1, le=3600, description="Seconds between two looks whether the audit trail's head is to be published."
    )
    broker_session_timeout: int = Field(
        30, ge=6, le=300, description="Seconds until Kafka gives a silent worker's partitions away."
    )
    sp12_due_day: int = Field(
        SP12_CUTOFF_DAY, ge=1, le=28, description="Day on which the units' form is due and its period ends (reporting)."
    )
    snb2_due_day: int = Field(
        SNB2_DUE_DAY, ge=1, le=28, description="Day of the next month on which the provinces' form is due (reporting)."
    )
    snb2_provinces: str | None = Field(
        None,
        pattern=r"^[0-9]{2}(,[0-9]{2})*$",
        description="Provinces expected to report, 2-digit codes separated by commas (reporting; not set: all but Bangkok).",
    )

    fonts: Path | None = Field(
        None, description="Directory of the font Sarabun, in which papers are printed (reporting, registry)."
    )
    sheet_font: str = Field(
        "TH Sarabun New", pattern=r"^[A-Za-z0-9 ]{1,31}$", description="Font that XLSX files name (reporting, registry)."
    )
    printers: int = Field(2, ge=1, le=16, description="Processes of an api that make PDF and XLSX files (reporting, registry).")

    @model_validator(mode="after")
    def _refuse_what_is_unsafe(self) -> Self:
        if self.dev_issuer_key is not None and not self.development:
            raise ValueError("dev_issuer_key is a development feature: refused unless ENV=development")
        if (scheme := _SCHEME.match(self.jwks or "")) and scheme[1] not in (
            ("https", "http") if self.development else ("https",)
        ):
            raise ValueError("jwks must be an https address or the path of a file: whoever changes the keys lets anybody in")
        for name, keys in self._keys().items():
            if any(len(base64.b64decode(key, validate=True)) != KEY_BYTES for key in keys):
                raise ValueError(f"{name} must be base64 of {KEY_BYTES} bytes")
        if not self.development and (guessable := self._guessable()):
            raise ValueError(f"{', '.join(guessable)} would be guessed: refused unless ENV=development")
        if unknown := [code for code in (self.snb2_provinces or "").split(",") if code and not places.is_province(code)]:
            raise ValueError(f"snb2_provinces: no province has the code {unknown[0]}")
        return self

    def _guessable(self) -> list[str]:
        """The names of the secrets that anybody would try first."""
        addresses = {name: getattr(self, name) for name in ("database", "database_owner", "vault", "vault_owner")}
        found = [name for name, keys in self._keys().items() if any(is_guessable_key(base64.b64decode(key)) for key in keys)]
        found += [name for name, dsn in addresses.items() if dsn and has_guessable_password(dsn.get_secret_value())]
        kafka = self.kafka_password
        if kafka is not None and is_guessable_password(kafka.get_secret_value(), self.kafka_user or ""):
            found.append("kafka_password")
        return found

    def _keys(self) -> dict[str, list[str]]:
        """In base64, by the setting's name."""
        given = {name: getattr(self, name) for name in ("pepper", "master_key", "card_key")}
        keys = {name: [key.get_secret_value()] for name, key in given.items() if key is not None}
        return keys | {"card_keys_before": self._card_keys_before()}

    def _card_keys_before(self) -> list[str]:
        given = "" if self.card_keys_before is None else self.card_keys_before.get_secret_value()
        return [key.strip() for key in given.split(",") if key.strip()]

    @property
    def development(self) -> bool:
        return self.env == "development"

    @property
    def expected_provinces(self) -> frozenset[str]:
        """Whose form is expected every month."""
        if self.snb2_provinces is None:
            return frozenset(places.PROVINCES) - {places.BANGKOK}
        return frozenset(self.snb2_provinces.split(","))

    @property
    def pepper_bytes(self) -> bytes:
        return base64.b64decode(self.pepper.get_secret_value())

    @property
    def master_key_bytes(self) -> bytes:
        if self.master_key is None:
            raise ValueError("SONGTOR_MASTER_KEY is needed by a service that opens personal data")
        return base64.b64decode(self.master_key.get_secret_value())

    @property
    def card_keys(self) -> tuple[bytes, ...]:
        """The one that signs, and those before it."""
        if self.card_key is None:
            raise ValueError("SONGTOR_CARD_KEY is needed by a service that signs cards")
        return tuple(map(base64.b64decode, (self.card_key.get_secret_value(), *self._card_keys_before())))


def as_page() -> str:
    """What can be set, from the fields above."""
    rows = [
        f"| `{_variable(name, field)}` | {_default(field)} | {field.description} |"
        for name, field in Settings.model_fields.items()
    ]
    return "\n".join(
        [
            "# Settings",
            "",
            "Made from `shared/settings.py` by `python -m shared.settings > docs/settings.md`; do not edit.",
            "One process is one service: each has its own database and, where several run side by side, its own `replica`.",
            "",
            "| variable | default | meaning |",
            "|---|---|---|",
            *rows,
            "",
        ]
    )


def _variable(name: str, field: FieldInfo) -> str:
    return str(field.validation_alias) if field.validation_alias else f"SONGTOR_{name.upper()}"


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "must be set"
    return "not set" if field.default in (None, "") else f"`{field.default}`"


if __name__ == "__main__":
    print(as_page(), end="")

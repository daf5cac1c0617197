"""Kafka as its clients must be told of it: where it is, and who we are to it. The same facts in the words of aiokafka, of Faust
and of confluent-kafka; which user has which rights is said in `deploy/kafka/access.toml`."""

import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import SecretStr

Security = Literal["plaintext", "sasl_plaintext", "sasl_ssl"]
MECHANISM = "SCRAM-SHA-512"


@dataclass(frozen=True, slots=True)
class Broker:
    """`bootstrap`: `host:port`, separated by commas. Not `plaintext`: `user` and `password` are there. `ca`: PEM of who signed
    the brokers' certificates; None are the system's own authorities."""

    bootstrap: str
    security: Security = "plaintext"
    user: str | None = None
    password: SecretStr | None = None
    ca: Path | None = None

    def for_aiokafka(self) -> dict[str, Any]:
        """Arguments of a consumer, a producer or a client."""
        found: dict[str, Any] = {"bootstrap_servers": self.bootstrap, "security_protocol": self.security.upper()}
        if self.security != "plaintext":
            found |= {"sasl_mechanism": MECHANISM, "sasl_plain_username": self.user, "sasl_plain_password": self._secret}
            found["ssl_context"] = self._tls()
        return found

    def for_faust(self) -> dict[str, Any]:
        """Arguments of an app."""
        import faust  # takes half a second, and most who ask for a broker are no Faust app

        found: dict[str, Any] = {"broker": ";".join(f"kafka://{address}" for address in self.bootstrap.split(","))}
        if self.security != "plaintext":
            found["broker_credentials"] = faust.SASLCredentials(
                username=self.user, password=self._secret, mechanism=MECHANISM, ssl_context=self._tls()
            )
        return found

    def for_confluent(self) -> dict[str, str | int | float | bool]:
        """Configuration of an admin client, a producer or a consumer; it keeps quiet on stderr."""
        found: dict[str, str | int | float | bool] = {"bootstrap.servers": self.bootstrap, "log_level": 0}
        found["security.protocol"] = self.security
        if self.security != "plaintext":
            found |= {"sasl.mechanism": MECHANISM, "sasl.username": self.user or "", "sasl.password": self._secret}
        if self.security == "sasl_ssl" and self.ca is not None:
            found["ssl.ca.location"] = str(self.ca)
        return found

    @property
    def _secret(self) -> str:
        return self.password.get_secret_value() if self.password is not None else ""

    def _tls(self) -> ssl.SSLContext | None:
        return ssl.create_default_context(cafile=self.ca) if self.security == "sasl_ssl" else None

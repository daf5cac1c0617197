"""How a process is told of Kafka, and what its three clients are told in turn."""

import base64
import ssl
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from deploy.local.kafka_security import CA, write_certificates
from shared.broker import Broker
from shared.settings import KafkaSettings, Settings

SECRET = "not-for-the-log"  # pragma: allowlist secret
KNOWN = {"kafka_user": "intake", "kafka_password": SECRET}


def settings(**given: Any) -> KafkaSettings:
    return KafkaSettings.model_validate({"ENV": "production", **given})


def test_production_must_say_how_kafka_is_secured() -> None:
    with pytest.raises(ValidationError, match="kafka_security must be said"):
        settings()
    assert settings(kafka_security="plaintext").broker == Broker("127.0.0.1:9092")
    pepper = base64.b64encode(b"p" * 32).decode()
    with pytest.raises(ValidationError, match="kafka_security must be said"):
        Settings.model_validate({"ENV": "production", "database": "dbname=none", "pepper": pepper})


@pytest.mark.parametrize("security", ["sasl_plaintext", "sasl_ssl"])
def test_whoever_must_be_known_says_who_he_is(security: str) -> None:
    for given in ({}, {"kafka_user": "intake"}, {"kafka_password": SECRET}):
        with pytest.raises(ValidationError, match="kafka_user and kafka_password are needed"):
            settings(kafka_security=security, **given)
    assert settings(kafka_security=security, **KNOWN).broker.user == "intake"


def test_the_password_is_in_no_text_that_is_made_of_it() -> None:
    found = settings(kafka_security="sasl_ssl", **KNOWN)
    assert SECRET not in f"{found!r} {found.broker!r} {found.broker}"


def test_nobody_needs_a_name_where_kafka_asks_none() -> None:
    broker = Broker("one:1,two:2")
    assert broker.for_aiokafka() == {"bootstrap_servers": "one:1,two:2", "security_protocol": "PLAINTEXT"}
    assert broker.for_faust() == {"broker": "kafka://one:1;kafka://two:2"}
    assert "sasl.username" not in broker.for_confluent()


def test_all_clients_are_told_the_same(tmp_path: Path) -> None:
    write_certificates(tmp_path)
    broker = Broker("one:1", "sasl_ssl", "intake", SecretStr(SECRET), tmp_path / CA)
    aiokafka, faust, confluent = broker.for_aiokafka(), broker.for_faust()["broker_credentials"], broker.for_confluent()
    assert aiokafka["sasl_plain_username"] == faust.username == confluent["sasl.username"] == "intake"
    assert aiokafka["sasl_plain_password"] == faust.password == confluent["sasl.password"] == SECRET
    assert aiokafka["sasl_mechanism"] == faust.mechanism.value == confluent["sasl.mechanism"] == "SCRAM-SHA-512"
    for context in (aiokafka["ssl_context"], faust.ssl_context):
        assert context.verify_mode is ssl.CERT_REQUIRED
        assert context.check_hostname
        assert [one["subject"] for one in context.get_ca_certs()] == [((("commonName", "Songtor on one machine"),),)]
    assert confluent["ssl.ca.location"] == str(tmp_path / CA)

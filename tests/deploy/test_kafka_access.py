"""The file of users and rights on Kafka says what the services and the catalogue say, and becomes what Strimzi understands."""

import json
import stat
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml

from deploy.kafka import passwords, strimzi
from deploy.kafka.access import AccessFileError, User, read_access
from services.intake.app import DEFINITION as INTAKE
from services.registry.app import DEFINITION as REGISTRY
from services.reporting.app import DEFINITION as REPORTING
from services.routing.app import DEFINITION as ROUTING
from services.screening.app import DEFINITION as SCREENING
from shared.events.catalogue import TOPICS
from shared.events.codes import Agency
from shared.events.documents import owner_of
from shared.events.routing import referral_topic
from shared.process import Definition
from shared.topics import HEAD_TOPICS, head_topic

SERVICES = (REGISTRY, INTAKE, SCREENING, ROUTING, REPORTING)
USERS = {user.name: user for user in read_access()}


@pytest.mark.parametrize("service", SERVICES, ids=lambda one: one.name)
def test_a_service_writes_its_own_topics_and_reads_what_it_hears(service: Definition) -> None:
    user = USERS[service.name]
    heads = head_topic(service.name)
    assert set(user.writes) == {topic for topic in TOPICS if owner_of(topic) == service.name} | {heads}
    assert set(user.reads) == {*service.hears, heads}
    assert user.groups == ((service.name,) if service.hears and not service.in_bulk else ())


@pytest.mark.parametrize("agency", list(Agency))
def test_an_agency_reads_what_it_is_referred_and_nothing_else(agency: Agency) -> None:
    name = f"agency-{agency.value.lower()}"
    assert USERS[name] == User(name, reads=(referral_topic(agency),), groups=(f"{name}.",))


def test_there_is_nobody_else() -> None:
    assert set(USERS) == {one.name for one in SERVICES} | {f"agency-{one.value.lower()}" for one in Agency}


def test_nobodys_groups_are_within_somebody_elses() -> None:
    groups = [group for user in USERS.values() for group in user.groups]
    assert [(one, other) for one in groups for other in groups if one is not other and one.startswith(other)] == []


@pytest.mark.parametrize(
    "text",
    [
        '[users.x]\nreads = "referrals.doe"',
        '[users.x]\ngroups = [""]',
        '[users.x]\nowns = ["referrals.doe"]',
        '[topics]\nx = ["y"]',
        "[users.x",
    ],
)
def test_a_file_that_is_not_understood_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "access.toml"
    file.write_text(text)
    with pytest.raises(AccessFileError):
        read_access(file)


def test_passwords_are_made_once_and_are_for_the_owners_eyes(tmp_path: Path) -> None:
    file = tmp_path / "passwords.json"
    first = passwords.keep(file, ["intake", "routing"])
    assert len(set(first.values())) == 2
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    second = passwords.keep(file, ["intake", "routing", "agency-doe"])
    assert {name: second[name] for name in first} == first
    assert json.loads(file.read_bytes()) == second
    file.write_text(json.dumps({name: word for name, word in second.items() if name != "intake"}))
    assert passwords.keep(file, ["intake"])["intake"] != first["intake"]


# Strimzi


@pytest.mark.parametrize("name", ["users.yaml", "topics.yaml"])
def test_strimzis_files_are_fresh(name: str) -> None:
    assert (strimzi.FOLDER / name).read_text(encoding="utf-8") == strimzi.files()[name], "run `python -m deploy.kafka strimzi`"


def exactly(**properties: Any) -> dict[str, Any]:
    """An object with all of these and nothing else: the operator drops what it does not know, without a word."""
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


# What is used here, as Strimzi 1.0 defines it (kafka.strimzi.io/v1); names as Kubernetes wants them.
NAME = {"type": "string", "pattern": r"^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$", "maxLength": 253}
METADATA = exactly(name=NAME, labels=exactly(**{"strimzi.io/cluster": NAME}))
RESOURCE = exactly(
    type={"enum": ["topic", "group", "cluster", "transactionalId"]},
    name={"type": "string"},
    patternType={"enum": ["literal", "prefix"]},
)
OPERATION = {"enum": ["Read", "Write", "Create", "Delete", "Alter", "Describe", "ClusterAction", "AlterConfigs"]}
ACL = exactly(resource=RESOURCE, operations={"type": "array", "items": OPERATION, "minItems": 1}, host={"type": "string"})
SPECS = {
    "KafkaUser": exactly(
        authentication=exactly(type={"enum": ["tls", "tls-external", "scram-sha-512"]}),
        authorization=exactly(type={"const": "simple"}, acls={"type": "array", "items": ACL, "minItems": 1}),
    ),
    "KafkaTopic": exactly(
        partitions={"type": "integer", "minimum": 1},
        replicas={"type": "integer", "minimum": 1, "maximum": 32767},
        config={"type": "object"},
    ),
}


def resources(name: str) -> list[dict[str, Any]]:
    return list(yaml.safe_load_all((strimzi.FOLDER / name).read_text(encoding="utf-8")))


@pytest.mark.parametrize("name", ["users.yaml", "topics.yaml"])
def test_strimzi_understands_every_resource(name: str) -> None:
    for resource in resources(name):
        schema = exactly(
            apiVersion={"const": "kafka.strimzi.io/v1"},
            kind={"const": resource["kind"]},
            metadata=METADATA,
            spec=SPECS[resource["kind"]],
        )
        jsonschema_rs.validate(schema, resource)


def test_strimzi_is_told_of_every_topic_and_user_with_the_rights_of_the_file() -> None:
    assert [topic["metadata"]["name"] for topic in resources("topics.yaml")] == [*TOPICS, *HEAD_TOPICS]
    for resource in resources("users.yaml"):
        told = {
            (acl["resource"]["type"], acl["resource"]["name"], acl["resource"]["patternType"], *acl["operations"])
            for acl in resource["spec"]["authorization"]["acls"]
        }
        user = USERS[resource["metadata"]["name"]]
        assert told == {(right.kind, right.name, right.pattern, *right.operations) for right in user.rights()}

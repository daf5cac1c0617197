"""The same users, rights and topics for the Strimzi operator, as `KafkaUser` and `KafkaTopic` resources: `deploy/kafka/strimzi/`,
committed and not edited. The operator makes the passwords and puts each into a Secret of the user's name."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from deploy.kafka.access import Right, User, read_access
from shared.events.catalogue import TOPICS
from shared.topics import CONFIG, HEAD_TOPICS

FOLDER = Path(__file__).with_name("strimzi")
API = "kafka.strimzi.io/v1"
CLUSTER = "songtor"
# Three brokers. The number of partitions is for ever: with another one, events of a key would change places.
PARTITIONS, REPLICAS = 48, 3
SURVIVE_ONE = {"min.insync.replicas": 2}
HEAD = "# Made from deploy/kafka/access.toml and the catalogue of events by `python -m deploy.kafka strimzi`; do not edit.\n"

Resource = dict[str, Any]


def files() -> dict[str, str]:
    """What each file must hold, by its name."""
    return {
        "users.yaml": _text([_user(user) for user in read_access()]),
        "topics.yaml": _text([*(_topic(topic) for topic in TOPICS), *(_topic(topic, 1) for topic in HEAD_TOPICS)]),
    }


def write() -> None:
    FOLDER.mkdir(exist_ok=True)
    for name, text in files().items():
        (FOLDER / name).write_text(text, encoding="utf-8")


def _text(resources: Sequence[Resource]) -> str:
    return HEAD + yaml.safe_dump_all(resources, sort_keys=False, width=130, explicit_start=True)


def _resource(kind: str, name: str, spec: Resource) -> Resource:
    named = {"name": name, "labels": {"strimzi.io/cluster": CLUSTER}}
    return {"apiVersion": API, "kind": kind, "metadata": named, "spec": spec}


def _user(user: User) -> Resource:
    rights = [_right(right) for right in user.rights()]
    spec = {"authentication": {"type": "scram-sha-512"}, "authorization": {"type": "simple", "acls": rights}}
    return _resource("KafkaUser", user.name, spec)


def _right(right: Right) -> Resource:
    resource = {"type": right.kind, "name": right.name, "patternType": right.pattern}
    return {"resource": resource, "operations": list(right.operations), "host": "*"}


def _topic(topic: str, partitions: int = PARTITIONS) -> Resource:
    config = {name: int(value) for name, value in CONFIG.items()} | SURVIVE_ONE
    return _resource("KafkaTopic", topic, {"partitions": partitions, "replicas": REPLICAS, "config": config})

"""Making users and rights on a broker as `access.toml` says: SCRAM credentials and ACLs, no more and no fewer for the users that
are named there. Topics are `shared/topics.py`'s."""

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

from confluent_kafka import KafkaException
from confluent_kafka.admin import (  # type: ignore[attr-defined]  # its exports are not marked as such
    AclBinding,
    AclBindingFilter,
    AclOperation,
    AclPermissionType,
    AdminClient,
    ResourcePatternType,
    ResourceType,
    ScramCredentialInfo,
    ScramMechanism,
    UserScramCredentialAlteration,
    UserScramCredentialUpsertion,
)

from deploy.kafka.access import Right, User
from shared.broker import Broker

ANSWER_SECONDS = 15.0
# A password here is random, not chosen: more rounds would only slow down every connection.
ITERATIONS = 4096
KINDS = {"topic": ResourceType.TOPIC, "group": ResourceType.GROUP}
PATTERNS = {"literal": ResourcePatternType.LITERAL, "prefix": ResourcePatternType.PREFIXED}
OPERATIONS = {"Read": AclOperation.READ, "Write": AclOperation.WRITE, "Describe": AclOperation.DESCRIBE}


class AccessNotAppliedError(Exception):
    """The broker is away or refused. What it did before it refused stays; applying again goes on there."""


@dataclass(frozen=True, slots=True)
class Applied:
    """How many rights were given and taken now, and whose rights are on the broker though `access.toml` does not name them."""

    given: int
    taken: int
    strangers: tuple[str, ...]


def apply(broker: Broker, users: Sequence[User], passwords: Mapping[str, str]) -> Applied:
    """As the admin. `passwords` by user, each long and random; a user's former password is then no longer good. Asking again
    changes nothing. Rights of users that are not in `users` are left alone. Raises AccessNotAppliedError."""
    admin = AdminClient(broker.for_confluent() | {"client.id": "songtor-access"})
    try:
        _set_passwords(admin, {user.name: passwords[user.name] for user in users})
        there = _bindings(admin)
        wanted = {binding for user in users for binding in _wanted(user)}
        ours = {_principal(user.name) for user in users}
        surplus = [binding for binding in there - wanted if binding.principal in ours]
        missing = list(wanted - there)
        # First what must not be, then what may be: in between somebody can do less, never more.
        _await(admin.delete_acls([_exactly(binding) for binding in surplus]).values() if surplus else ())
        _await(admin.create_acls(missing).values() if missing else ())
    except KafkaException as error:
        # Its name: the broker's own words show the request, which here is about passwords.
        raise AccessNotAppliedError(f"Kafka at {broker.bootstrap}: {error.args[0].name()}") from error
    strangers = {binding.principal.removeprefix("User:") for binding in there if binding.principal not in ours}
    return Applied(len(missing), len(surplus), tuple(sorted(strangers)))


def _set_passwords(admin: AdminClient, passwords: Mapping[str, str]) -> None:
    rounds = ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, ITERATIONS)
    changes: list[UserScramCredentialAlteration] = [
        UserScramCredentialUpsertion(name, rounds, password.encode()) for name, password in passwords.items()
    ]
    _await(admin.alter_user_scram_credentials(changes).values())


def _bindings(admin: AdminClient) -> set[AclBinding]:
    anything: Any = None  # which its types forget
    everything = AclBindingFilter(
        ResourceType.ANY,
        anything,
        ResourcePatternType.ANY,
        anything,
        anything,
        AclOperation.ANY,
        AclPermissionType.ANY,
    )
    return set(admin.describe_acls(everything).result(ANSWER_SECONDS))


def _wanted(user: User) -> Iterable[AclBinding]:
    for right in user.rights():
        yield from _allowing(user.name, right)


def _allowing(user: str, right: Right) -> Iterable[AclBinding]:
    for operation in right.operations:
        yield AclBinding(
            KINDS[right.kind],
            right.name,
            PATTERNS[right.pattern],
            _principal(user),
            "*",
            OPERATIONS[operation],
            AclPermissionType.ALLOW,
        )


def _exactly(binding: AclBinding) -> AclBindingFilter:
    return AclBindingFilter(
        binding.restype,
        binding.name,
        binding.resource_pattern_type,
        binding.principal,
        binding.host,
        binding.operation,
        binding.permission_type,
    )


def _principal(user: str) -> str:
    return f"User:{user}"


def _await(answers: Iterable[Future[Any]]) -> None:
    for answer in answers:
        answer.result(ANSWER_SECONDS)

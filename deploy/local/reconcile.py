"""`reconcile`: whether all services agree on what was said. Each is asked for its digest, and what a topic's owner said is
compared with what everybody heard who hears it: how many events, and a hash of their ids."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from deploy.local.failures import StackError
from deploy.local.layout import Layout
from deploy.local.stack_file import StackFile, read_stack
from deploy.local.tokens import admin, headers
from shared.events.catalogue import EVENTS

OWNERS = {topic: event.OWNER for event in EVENTS for topic in event.topics()}
# A digest reads the whole store.
ASK_SECONDS = 120.0
LOOK_EVERY = 0.5
DIFFERENT = 1

Digest = Mapping[str, Any]
"""What a service answers at /digest: `service`, `hears`, `said` and `heard` by topic, `parked`."""


@dataclass(frozen=True, slots=True)
class Sum:
    """Events of one topic in one store."""

    count: int = 0
    hash: str = "0"


@dataclass(frozen=True, slots=True)
class Comparison:
    """One topic: what its owner said, and what each service heard that hears it."""

    topic: str
    owner: str
    said: Sum
    heard: Mapping[str, Sum]

    @property
    def differing(self) -> list[str]:
        """The services that heard something else."""
        return [service for service, found in self.heard.items() if found != self.said]


@dataclass(frozen=True, slots=True)
class Agreement:
    """All topics; what each service has parked; whether every report shows all that reporting's store holds."""

    topics: list[Comparison]
    parked: Mapping[str, int]
    shown: bool

    @property
    def whole(self) -> bool:
        return self.shown and not any(self.parked.values()) and not any(one.differing for one in self.topics)


def compare(digests: Mapping[str, Digest], *, shown: bool) -> Agreement:
    """Pure. `digests` by service."""
    topics = [
        Comparison(
            topic,
            owner,
            _sum(digests[owner]["said"], topic),
            {
                name: _sum(digest["heard"], topic)
                for name, digest in digests.items()
                if name != owner and topic in digest["hears"]
            },
        )
        for topic, owner in OWNERS.items()
    ]
    return Agreement(topics, {name: digest["parked"] for name, digest in digests.items()}, shown)


def _sum(sums: Mapping[str, Any], topic: str) -> Sum:
    return Sum(**sums[topic]) if topic in sums else Sum()


def reconcile(data: Path, seconds: float) -> int:
    """Prints what was found. What is on its way is waited for, `seconds` at most. Returns 0 when all agree, else 1. Raises
    StackError when a service does not answer."""
    layout = Layout.of(data)
    stack = read_stack(layout)
    if stack is None:
        raise StackError(f"there is no stack in {data}: `up` comes first")
    found = _when_whole(lambda: _ask(stack, headers(layout, admin())), seconds)
    print(table(found))
    return 0 if found.whole else DIFFERENT


def _when_whole(ask: Callable[[], Agreement], seconds: float) -> Agreement:
    end = time.monotonic() + seconds
    while not (found := ask()).whole and time.monotonic() < end:
        time.sleep(LOOK_EVERY)
    return found


def _ask(stack: StackFile, signed: dict[str, str]) -> Agreement:
    """One after the other, in the order of the flow: what comes in meanwhile makes them differ, and is looked at again."""
    with httpx.Client(timeout=ASK_SECONDS, headers=signed, trust_env=False) as client:
        digests = {name: _get(client, name, f"{service.url}/digest") for name, service in stack.services.items()}
        position = _get(client, "reporting", f"{stack.services['reporting'].url}/position")
    return compare(digests, shown=bool(position["caught_up"]))


def _get(client: httpx.Client, service: str, url: str) -> dict[str, Any]:
    try:
        answer = client.get(url).raise_for_status()
    except httpx.HTTPStatusError as error:
        raise StackError(f"{service} answers {error.response.status_code} when asked for its digest") from error
    except httpx.TransportError as error:
        raise StackError(f"{service} does not answer at {url}") from error
    found: dict[str, Any] = answer.json()
    return found


def table(found: Agreement) -> str:
    """For people: a line per topic, then what else is wrong, then the verdict."""
    lines = [f"{'topic':20} {'said by':10} {'events':>9}  heard by"]
    for one in found.topics:
        heard = ", ".join(_heard(name, one.said, sum_) for name, sum_ in one.heard.items())
        lines.append(f"{one.topic:20} {one.owner:10} {one.said.count:>9,}  {heard or '-'}")
    lines += [f"✗ {name} has {count:,} parked records" for name, count in found.parked.items() if count]
    if not found.shown:
        lines.append("✗ the reports do not show all of it yet")
    lines.append("✓ all agree" if found.whole else "✗ they do not agree")
    return "\n".join(lines)


def _heard(name: str, said: Sum, heard: Sum) -> str:
    if heard == said:
        return f"{name} ✓"
    return f"{name} ✗ {heard.count:,}" if heard.count != said.count else f"{name} ✗ others"

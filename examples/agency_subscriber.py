"""An agency's subscriber: follows the agency's own referral topic and prints what happened to which referral. It knows nothing of
Songtor but the contract; names and words are sealed, so it prints none.

    python examples/agency_subscriber.py --agency DSD
    python examples/agency_subscriber.py --agency DSD --kafka 127.0.0.1:8021 --from-beginning"""

import argparse
import asyncio
import contextlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from aiokafka import AIOKafkaConsumer

Headers = Mapping[str, str]

SHOWN = ("agency", "status", "kind", "priority", "province", "area_code", "due_at")


def headers_of(headers: Iterable[tuple[str, bytes]]) -> Headers:
    """CloudEvents in binary mode: the attributes are headers, all of them text."""
    return {name: value.decode() for name, value in headers}


def is_repeat(headers: Headers, seen: dict[tuple[str, str], int]) -> bool:
    """Delivery is at least once. Of one source and stream versions only grow: what is not newer was here before. `seen` must
    outlive the process where an effect must not happen twice."""
    stream, version = (headers["ce_source"], headers["ce_subject"]), int(headers["ce_streamversion"])
    if version <= seen.get(stream, 0):
        return True
    seen[stream] = version
    return False


def line(headers: Headers, event: Mapping[str, Any]) -> str:
    """What happened, in one line."""
    facts = " ".join(f"{name}={event[name]}" for name in SHOWN if event.get(name) is not None)
    return f"{headers['ce_time']} {headers['ce_type']:18} {event['referral_id']} {facts}"


async def follow(kafka: str, agency: str, group: str, *, from_beginning: bool) -> None:
    """Prints until it is stopped. The offset is committed after the effect: a crash repeats, and loses nothing."""
    consumer = AIOKafkaConsumer(
        f"referrals.{agency.lower()}",
        bootstrap_servers=kafka,
        group_id=group,
        enable_auto_commit=False,
        auto_offset_reset="earliest" if from_beginning else "latest",
    )
    await consumer.start()
    seen: dict[tuple[str, str], int] = {}
    try:
        async for record in consumer:
            headers = headers_of(record.headers)
            if not is_repeat(headers, seen):
                print(line(headers, json.loads(record.value)), flush=True)
            await consumer.commit()
    finally:
        await consumer.stop()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--agency", required=True, choices=["PLO", "DOE", "DSD", "DLPW", "SSO"])
    parser.add_argument("--kafka", default="127.0.0.1:8021", help="bootstrap servers (default: those of `make run`)")
    parser.add_argument("--group", help="consumer group (default: agency-<code>.example)")
    parser.add_argument("--from-beginning", action="store_true", help="also what happened before; for a new group")
    given = parser.parse_args()
    group = given.group or f"agency-{given.agency.lower()}.example"
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(follow(given.kafka, given.agency, group, from_beginning=given.from_beginning))


if __name__ == "__main__":
    main()

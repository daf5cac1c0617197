"""What an agency's programmer starts from: follows the agency's own referrals, fetches the citizen, accepts, and keeps a list of
work in a database of its own. It knows nothing of Songtor but the contract; README.md beside it says how to run it."""

import argparse
import asyncio
import contextlib
import json
import os
import sqlite3
import ssl
from pathlib import Path
from typing import Any

import httpx
from aiokafka import AIOKafkaConsumer, ConsumerRecord
from aiokafka.errors import CommitFailedError

TABLES = """
CREATE TABLE IF NOT EXISTS seen (source TEXT, stream TEXT, version INT, PRIMARY KEY (source, stream));
CREATE TABLE IF NOT EXISTS work (referral_id TEXT PRIMARY KEY, status TEXT, citizen TEXT);
"""
NOT_OURS, NOT_NOW = 404, 409


class Subscriber:
    """`own` is the agency's database, `routing` Songtor's API. The token is read anew each time, because tokens expire."""

    def __init__(self, own: sqlite3.Connection, routing: httpx.AsyncClient, token: Path) -> None:
        self._own, self._routing, self._token = own, routing, token
        own.executescript(TABLES)

    async def take(self, record: ConsumerRecord) -> None:
        """One record to its end. Whenever this dies, the record comes again, and nothing is done twice."""
        headers = {name: value.decode() for name, value in record.headers}  # CloudEvents: the value alone is the event
        stream, version = [headers["ce_source"], headers["ce_subject"]], int(headers["ce_streamversion"])
        row = self._own.execute("SELECT version FROM seen WHERE source = ? AND stream = ?", stream).fetchone()
        if row is not None and version <= row[0]:
            return  # delivery is at least once; within a stream versions only grow
        kind, event = headers["ce_type"], json.loads(record.value)
        citizen = await self._accept(event["referral_id"], headers["ce_id"]) if kind == "CaseReferred" else None
        with self._own:  # one transaction: what was seen, and what came of it
            self._own.execute("INSERT OR REPLACE INTO seen VALUES (?, ?, ?)", [*stream, version])
            self._own.execute(
                "INSERT INTO work VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET status = excluded.status",
                [event["referral_id"], event["status"], citizen and json.dumps(citizen, ensure_ascii=False)],
            )
            if kind == "ReferralPersonForgotten":  # whoever is forgotten is forgotten here, too
                self._own.execute("UPDATE work SET citizen = NULL WHERE referral_id = ?", [event["referral_id"]])
        print(headers["ce_time"], kind, event["referral_id"], event["status"], flush=True)  # names nobody

    async def _accept(self, referral_id: str, key: str) -> dict[str, Any] | None:
        """The citizen; None for a tip-off, which names nobody. A key that was used gets the answer that it got before."""
        found = await self._ask("GET", f"/referrals/{referral_id}")
        if found.status_code == NOT_OURS:  # of a province that this token is not for
            return None
        if found.json()["status"] == "sent":
            await self._ask("POST", f"/referrals/{referral_id}/accept", json={}, headers={"Idempotency-Key": key})
        citizen: dict[str, Any] | None = found.json()["citizen"]
        return citizen

    async def _ask(self, method: str, path: str, *, headers: dict[str, str] | None = None, **given: Any) -> httpx.Response:
        """Asks until there is an answer. One that cannot be lived with ends the program, with nothing committed."""
        while True:
            sent = {"Authorization": f"Bearer {self._token.read_text().strip()}", **(headers or {})}
            with contextlib.suppress(httpx.TransportError):
                answer = await self._routing.request(method, path, headers=sent, **given)
                if answer.status_code in (NOT_OURS, NOT_NOW):
                    return answer
                if answer.status_code < 500 and answer.status_code != 429:
                    return answer.raise_for_status()
            await asyncio.sleep(1)


async def follow(given: argparse.Namespace) -> None:
    """Until it is stopped. The place in the topic is committed after the work: a crash repeats, and loses nothing."""
    agency = given.agency.lower()
    tls = None if given.no_tls else ssl.create_default_context(cafile=given.ca)
    consumer = AIOKafkaConsumer(
        f"referrals.{agency}",
        bootstrap_servers=given.kafka,
        security_protocol="SASL_SSL" if tls else "SASL_PLAINTEXT",
        ssl_context=tls,
        sasl_mechanism="SCRAM-SHA-512",
        sasl_plain_username=f"agency-{agency}",
        sasl_plain_password=os.environ["KAFKA_PASSWORD"],
        group_id=f"agency-{agency}.work",
        enable_auto_commit=False,
        auto_offset_reset="earliest",
    )
    own = sqlite3.connect(given.database)
    async with httpx.AsyncClient(base_url=given.routing, timeout=20, trust_env=False) as routing, consumer:
        subscriber = Subscriber(own, routing, given.token)
        async for record in consumer:
            await subscriber.take(record)
            with contextlib.suppress(CommitFailedError):  # the partition went to a colleague, who sees it again
                await consumer.commit()


def main() -> None:
    parser = argparse.ArgumentParser(description="Follows an agency's referrals. Its password is in KAFKA_PASSWORD.")
    parser.add_argument("--agency", required=True, choices=["PLO", "DOE", "DSD", "DLPW", "SSO"])
    parser.add_argument("--token", required=True, type=Path, help="file with the agency's token")
    parser.add_argument("--database", default="work.sqlite", help="file of the agency's own list of work")
    parser.add_argument("--kafka", default="127.0.0.1:8021", help="bootstrap servers")
    parser.add_argument("--routing", default="http://127.0.0.1:8004", help="address of Songtor's routing service")
    parser.add_argument("--ca", help="PEM of who signed the brokers' certificates, unless the system knows")
    parser.add_argument("--no-tls", action="store_true", help="for a stack on one machine")
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(follow(parser.parse_args()))


if __name__ == "__main__":
    main()

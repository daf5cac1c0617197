"""`python -m services.X audit verify`: works the trail's chain of hashes out again and says what does not fit. It only reads."""

import argparse
import sys
from collections.abc import AsyncIterator, Mapping

import psycopg

from shared.audit import trail
from shared.audit.chain import Finding, Head, Link, Verification
from shared.audit.heads import HeadsNotReadError, published
from shared.connecting import CONNECT_SECONDS
from shared.process.definition import Command, Definition
from shared.settings import Settings
from shared.store.store import Connection

PAGE = 5000
TELL_EVERY = 100_000
MOST_SAID = 50
HASH_BYTES = 32

Published = Mapping[int, frozenset[bytes]]


def add_to(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True)
    verifying = actions.add_parser("verify", help="say whether an entry was removed, altered or cut off (exit code 1 if so)")
    verifying.add_argument(
        "--head",
        metavar="NUMBER:HASH",
        type=_head,
        action="append",
        default=[],
        help="a head that was kept elsewhere, such as on paper; may be given several times",
    )
    verifying.add_argument("--without-topic", action="store_true", help="do not read the published heads: Kafka is away")


def _head(text: str) -> Head:
    number, _, digest = text.partition(":")
    if not number.isascii() or not number.isdigit() or len(digest) != 2 * HASH_BYTES:
        raise argparse.ArgumentTypeError("a number, a colon and 64 hex digits")
    return Head(int(number), bytes.fromhex(digest))


async def run(definition: Definition, settings: Settings, given: argparse.Namespace) -> int:
    """0 when all fits, 1 when something does not or could not be looked at."""
    try:
        known = {} if given.without_topic else await published(definition.name, settings.broker)
        heads = with_heads(known, given.head)
        dsn = settings.database.get_secret_value()
        async with await psycopg.AsyncConnection.connect(
            dsn, autocommit=True, connect_timeout=CONNECT_SECONDS, application_name=f"{definition.name} audit verify"
        ) as connection:
            verification, wrong = await verified(connection, heads)
    except HeadsNotReadError as error:
        return _failed(f"the published heads cannot be read ({error}): --without-topic looks at the entries alone")
    except psycopg.Error as error:
        return _failed(f"the trail cannot be read ({type(error).__name__})")
    last, reach = verification.last, max(heads, default=0)
    print(f"{definition.name}: {last.number:,} entries, last {last.number}:{last.hash.hex()}")
    print(f"{len(heads):,} heads from elsewhere, the newest of entry {reach:,}")
    if wrong:
        return _failed(f"{wrong:,} things are wrong with the trail")
    if reach < last.number:
        print(f"! no head covers what is after entry {reach:,}: cut off or written anew, it would not show", file=sys.stderr)
    print("all that is there fits together")
    return 0


def with_heads(known: Published, given: list[Head]) -> dict[int, frozenset[bytes]]:
    found = dict(known)
    for head in given:
        found[head.number] = found.get(head.number, frozenset()) | {head.hash}
    return found


async def verified(connection: Connection, heads: Published) -> tuple[Verification, int]:
    """Goes through all entries and says on stdout what is wrong. Returns how it ended, and how many findings there were."""
    # First the heads from elsewhere, then the trail's own, then the entries: what is added meanwhile is beyond all of them.
    head = await trail.head(connection)
    verification, wrong = Verification(heads), 0
    async for link in _links(connection, head.number):
        wrong = _say(verification.take(link), wrong)
        if link.number % TELL_EVERY == 0:
            _say_progress(link.number, head.number)
    return verification, _say(verification.end(head), wrong)


async def _links(connection: Connection, through: int) -> AsyncIterator[Link]:
    last = 0
    while links := await trail.links_after(connection, last, through=through, limit=PAGE):
        for link in links:
            yield link
        last = links[-1].number


def _say(findings: list[Finding], before: int) -> int:
    """Returns how many there are with these."""
    for count, found in enumerate(findings, start=before + 1):
        if count <= MOST_SAID:
            which = f"entry {found.first}" if found.first == found.last else f"entries {found.first} to {found.last}"
            print(f"✗ {which}: {found.wrong}")
        elif count == MOST_SAID + 1:
            print("✗ … and more")
    return before + len(findings)


def _say_progress(done: int, total: int) -> None:
    end = "\r" if sys.stderr.isatty() else "\n"
    print(f"verified {done:,} of {total:,} entries", end=end, file=sys.stderr, flush=True)


def _failed(why: str) -> int:
    print(f"✗ {why}", file=sys.stderr)
    return 1


COMMAND = Command("audit", "the audit trail", add_to, run)

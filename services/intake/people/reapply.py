"""`python -m services.intake people reapply`: after a restore of an older vault, what was said of people since is done to it once
more. Intake's events are the ledger."""

import argparse
from dataclasses import dataclass
from typing import LiteralString
from uuid import UUID

from shared.connecting import connect
from shared.errors import UnavailableError
from shared.events.intake import PersonCorrected, PersonForgotten
from shared.process import Command, Definition
from shared.sealed import Sealed
from shared.settings import Settings
from shared.store.store import Connection
from shared.vault import AlreadyKnownError, PersonForgottenError, Vault, vault_pool

_FORGOTTEN: LiteralString = 'SELECT stream_id FROM events WHERE "offset" IS NULL AND type = %s'
_CORRECTED: LiteralString = (
    "SELECT DISTINCT ON (stream_id) stream_id, data::text FROM events"
    ' WHERE "offset" IS NULL AND type = %s ORDER BY stream_id, version DESC'
)
PATIENCE_S = 600.0
"""All events are read once."""


@dataclass(frozen=True, slots=True)
class Reapplied:
    """How many people stand forgotten in the events, and of how many of them the vault still had the key; whose new document was
    put back, and whose could not be, because it belongs to another person by now."""

    forgotten: int
    erased: int
    documents: int
    refused: tuple[UUID, ...]


async def reapply(connection: Connection, vault: Vault) -> Reapplied:
    """May be repeated."""
    people = [row[0] for row in await (await connection.execute(_FORGOTTEN, [PersonForgotten.TYPE])).fetchall()]
    erased = await vault.forget(*people)
    corrected = await (await connection.execute(_CORRECTED, [PersonCorrected.TYPE])).fetchall()
    documents, refused = 0, []
    for person_ref, data in corrected:
        try:
            documents += await _document(vault, person_ref, PersonCorrected.model_validate_json(data).person)
        except AlreadyKnownError:
            refused.append(person_ref)
        except PersonForgottenError:
            continue  # forgotten while we were at it
    return Reapplied(len(people), erased, documents, tuple(refused))


async def _document(vault: Vault, person_ref: UUID, correction: Sealed) -> bool:
    """Whether the correction names one, which the person is found by from now on."""
    (fields,) = await vault.open_many([correction])
    if not isinstance(fields, dict) or "citizen_id" not in fields:
        return False
    await vault.rekey(person_ref, str(fields["id_kind"]), str(fields["citizen_id"]))
    return True


def _add_to(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True)
    actions.add_parser("reapply", help="after a restore of the vault: forget again, and put documents right again")


async def _run(definition: Definition, settings: Settings, _: argparse.Namespace) -> int:
    if settings.vault is None or settings.master_key is None:
        raise SystemExit("SONGTOR_VAULT and SONGTOR_MASTER_KEY are needed: people are forgotten in the vault")
    dsn = settings.database.get_secret_value()
    try:
        async with (
            await connect(dsn, name="intake people reapply", patience=PATIENCE_S) as connection,
            vault_pool(settings.vault.get_secret_value(), size=1) as pool,
        ):
            vault = Vault(pool, master_key=settings.master_key_bytes, pepper=settings.pepper_bytes)
            done = await reapply(connection, vault)
    except UnavailableError:
        raise SystemExit("the vault does not answer; the same command does the rest") from None
    print(f"{done.forgotten} people are to be forgotten; the vault still knew {done.erased} of them, and knows none now")
    print(f"{done.documents} people are found by the document that they were corrected to")
    for person_ref in done.refused:
        print(f"✗ {person_ref}: the document belongs to another person by now; correct one of the two")
    return 1 if done.refused else 0


COMMAND = Command("people", "people in the vault, as the events say they must be", _add_to, _run)

"""Help over HTTP says whether the person is in the informal-worker database, and of which edition: through a referral, by a unit,
for nobody, corrected, without an edition, with the vault away."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from uuid import UUID

import psycopg
import pytest

from shared.events.routing import AssistanceCorrected, AssistanceRecorded, AssistanceVoided
from shared.roster.editions import Editions, entry
from tests.routing.rosters import PEPPER, number
from tests.routing.running import CITIZEN, HELP, ID, OWN_HELP, TIPOFF, WHY, Routing, running
from tests.support.servers import PostgresServer
from tests.support.vaults import new_vault

pytestmark = pytest.mark.integration

NOT_ASKED = (False, None)
LISTED, NOT_LISTED = (True, "2563"), (False, "2563")


@dataclass(frozen=True)
class Listing:
    """Routing, and the owner's way into its vault."""

    routing: Routing
    vault_owner: str

    async def load(self, *listed: str, edition: str = "2563") -> None:
        async with await psycopg.AsyncConnection.connect(self.vault_owner, autocommit=True) as connection:
            editions = Editions(connection)
            so_far = await editions.begin(edition, b"%032d" % len(listed))
            so_far = await editions.take(so_far, lines=len(listed), people=[entry(PEPPER, each) for each in listed], bad=[])
            await editions.read_to_end(so_far)
            await editions.complete(edition)

    async def own(self, **citizen: str) -> tuple[bool, str | None]:
        """What a unit's own help says of that citizen."""
        helped = await self.routing.done("/assistance", {**OWN_HELP, "citizen": {**CITIZEN, **citizen}})
        return flags(await self.routing.last(helped["assistance_id"], AssistanceRecorded))


def flags(event: AssistanceRecorded | AssistanceCorrected | AssistanceVoided) -> tuple[bool, str | None]:
    return event.in_database, event.roster_edition


@pytest.fixture
async def listing(postgres: PostgresServer, vault_template: str) -> AsyncIterator[Listing]:
    made = new_vault(postgres, template=vault_template)
    async with running(postgres, made.apps["intake"]) as routing:
        yield Listing(routing, made.owner)
    postgres.start()
    postgres.drop(made.owner)


async def test_without_an_edition_nobody_is_in_the_database(listing: Listing) -> None:
    assert await listing.own() == NOT_ASKED


async def test_a_units_own_help_says_whether_the_person_is_listed(listing: Listing) -> None:
    await listing.load(ID)
    assert await listing.own() == LISTED
    assert await listing.own(citizen_id="๑-๙๗๐๑-๐๐๐๐๐-๐๑-๑") == LISTED
    assert await listing.own(citizen_id=number(5)) == NOT_LISTED
    assert await listing.own(id_kind="other") == NOT_LISTED, "a passport with the same digits is another document"


async def test_who_has_no_document_is_in_no_edition(listing: Listing) -> None:
    await listing.load(ID)
    nameless = {"id_kind": "none", "first_name": "แดง", "last_name": "มีสุข"}
    helped = await listing.routing.done("/assistance", {**OWN_HELP, "citizen": nameless})
    assert flags(await listing.routing.last(helped["assistance_id"], AssistanceRecorded)) == NOT_LISTED


async def test_help_through_a_referral_says_it_of_the_person_of_the_need(listing: Listing) -> None:
    await listing.load(ID)
    reported = await listing.routing.need()
    await listing.routing.done(f"/referrals/{await listing.routing.refer(reported)}/assistance", HELP)
    assert flags(await listing.routing.last(reported.case_id, AssistanceRecorded)) == LISTED


async def test_after_a_tip_off_it_is_said_of_who_was_helped_and_of_nobody_else(listing: Listing) -> None:
    await listing.load(number(5))
    reported = await listing.routing.need(**TIPOFF)
    path = f"/referrals/{await listing.routing.refer(reported)}/assistance"
    await listing.routing.done(path, HELP)
    assert flags(await listing.routing.last(reported.case_id, AssistanceRecorded)) == NOT_ASKED
    named = {"citizen": {**CITIZEN, "citizen_id": number(5)}, "worker_type": "informal", "consent": True}
    await listing.routing.done(path, {**HELP, **named})
    assert flags(await listing.routing.last(reported.case_id, AssistanceRecorded)) == LISTED


async def test_a_correction_and_a_void_keep_what_was_found(listing: Listing) -> None:
    await listing.load(ID)
    helped = await listing.routing.done("/assistance", OWN_HELP)
    path = f"/assistance/{helped['assistance_id']}"
    await listing.load(number(5), edition="2564")
    await listing.routing.done(f"{path}/correct", {**WHY, "project_name": "ม.40"})
    assert flags(await listing.routing.last(helped["assistance_id"], AssistanceCorrected)) == LISTED
    await listing.routing.done(f"{path}/void", WHY)
    assert flags(await listing.routing.last(helped["assistance_id"], AssistanceVoided)) == LISTED
    assert await listing.own() == (False, "2564"), "what is recorded from now on is asked of the new edition"


async def test_a_repeated_command_says_what_was_found_the_first_time(listing: Listing) -> None:
    first = await listing.routing.post("/assistance", OWN_HELP, key="once")
    await listing.load(ID)
    again = await listing.routing.post("/assistance", OWN_HELP, key="once")
    assert again.json() == first.json()
    assert flags(await listing.routing.last(first.json()["assistance_id"], AssistanceRecorded)) == NOT_ASKED


async def test_a_forgotten_person_is_looked_for_no_more(listing: Listing) -> None:
    await listing.load(ID)
    reported = await listing.routing.need()
    path = f"/referrals/{await listing.routing.refer(reported)}/assistance"
    assert isinstance(reported.person_ref, UUID)
    await listing.routing.vault.forget(reported.person_ref)
    await listing.routing.done(path, HELP)
    assert flags(await listing.routing.last(reported.case_id, AssistanceRecorded)) == NOT_ASKED


async def test_with_the_vault_away_nothing_is_recorded(listing: Listing, postgres: PostgresServer) -> None:
    reported = await listing.routing.need()
    referral_id = await listing.routing.refer(reported)
    async with await psycopg.AsyncConnection.connect(postgres.dsn, autocommit=True) as connection:
        vault = psycopg.conninfo.conninfo_to_dict(listing.vault_owner)["dbname"]
        await connection.execute(f'ALTER DATABASE "{vault}" ALLOW_CONNECTIONS false'.encode())
        await asyncio.to_thread(postgres.end_connections, listing.vault_owner)
        assert await listing.routing.refused(f"/referrals/{referral_id}/assistance", HELP) == (503, "database_unavailable")
        await connection.execute(f'ALTER DATABASE "{vault}" ALLOW_CONNECTIONS true'.encode())
    assert await listing.routing.status(referral_id) == "sent"
    await listing.routing.done(f"/referrals/{referral_id}/assistance", HELP)

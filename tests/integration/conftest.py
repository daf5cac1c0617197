"""Fixtures that tests of the spine share; a service's own tests have databases with its read tables, from its `running.py`."""

from collections.abc import AsyncIterator

import pytest

from shared.store import Store
from tests.support.servers import PostgresServer
from tests.support.stores import Database, new_store, running_store


@pytest.fixture
def database(postgres: PostgresServer) -> Database:
    """A store of its own, with nothing in it."""
    return new_store(postgres)


@pytest.fixture
async def store(database: Database) -> AsyncIterator[Store]:
    async with running_store(database.app) as running:
        yield running

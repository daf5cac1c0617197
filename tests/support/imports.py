"""Files of imports as a service's worker erases them."""

from shared.connecting import connect
from shared.imports.file import FileSweep


async def swept(dsn: str, service: str) -> None:
    """All that is to be erased now is gone."""
    async with await connect(dsn, name="sweep of a test") as connection:
        while await FileSweep(dsn, service).step(connection):
            pass

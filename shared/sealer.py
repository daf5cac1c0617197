"""The vault for a service that seals and must not open: it has no master key, and its login reads public halves alone."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import LiteralString
from uuid import UUID

from pydantic import JsonValue

from shared import vault
from shared.connecting import ask
from shared.errors import UnavailableError
from shared.public_sealing import blinded, seal_for
from shared.sealed import Sealed
from shared.vault import PATIENCE_S, PersonForgottenError, Pool

_HALF: LiteralString = "SELECT public_half FROM keys WHERE key_ref = %s"
_VAULT_HALF: LiteralString = "SELECT public_half FROM vault_half"
_BEGIN_CASE: LiteralString = "SELECT begin_case(%s, %s, %s)"


class Sealer:
    """Every method raises UnavailableError (`database_unavailable`) as the vault's own do; all of them may be repeated."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def key_for_case(self, case_id: UUID) -> UUID:
        """The same key as the vault's own method gives. One that is begun here comes from the vault's public half and a factor:
        whoever has the master key opens with it, and nobody here ever holds what would."""
        key_ref = vault.case_ref(case_id)
        rows = await ask(self._pool, _VAULT_HALF, (), patience=PATIENCE_S)
        await ask(self._pool, _BEGIN_CASE, (key_ref, *blinded(_ready(rows[0][0] if rows else None))), patience=PATIENCE_S)
        return key_ref

    async def seal(self, key_ref: UUID, fields: Mapping[str, JsonValue]) -> Sealed:
        """Raises PersonForgottenError where there is no such key."""
        rows = await ask(self._pool, _HALF, (key_ref,), patience=PATIENCE_S)
        if not rows:
            raise PersonForgottenError
        return seal_for(_ready(rows[0][0]), key_ref, fields)

    async def confirm(self, refs: Iterable[UUID]) -> None:
        """As the vault's own."""
        await vault.confirm(self._pool, refs)

    async def sweep(self, older_than: timedelta = timedelta(days=1)) -> int:
        """As the vault's own."""
        return len(await vault.sweep(self._pool, older_than))


def _ready(half: bytes | None) -> bytes:
    """Raises UnavailableError: a process of an older release made the row, or `migrate` had no master key."""
    if half is None:
        raise UnavailableError("key_not_ready", "the key has no public half yet; `migrate` of intake makes it")
    return half

"""Names out of sealed blocks, for those to whom they are shown: what is not shown is not opened either."""

from collections.abc import Sequence
from typing import Any

from shared.sealed import Sealed
from shared.vault import Vault


async def names_in(vault: Vault, blocks: Sequence[Sealed | None], fields: Sequence[str]) -> list[dict[str, Any]]:
    """These fields of each block, in order; each None where there is no block, or where somebody was forgotten."""
    opened = await vault.open_many(blocks)
    return [{name: block.get(name) if isinstance(block, dict) else None for name in fields} for block in opened]

"""Which vault a service gets: one that opens, or one that only seals."""

from shared.process.definition import Definition
from shared.sealer import Sealer
from shared.settings import Settings
from shared.vault import Pool, Vault


def vault_for(definition: Definition, settings: Settings, pool: Pool) -> Vault | Sealer:
    """For who only seals the master key is not even looked at. Raises ValueError for another without one."""
    if definition.seals_only:
        return Sealer(pool)
    return Vault(pool, master_key=settings.master_key_bytes, pepper=settings.pepper_bytes, key_life_s=settings.vault_key_seconds)

"""What an api process holds for its routes."""

from dataclasses import dataclass

from shared.auth import Authenticator
from shared.consume.ends import Ends
from shared.rights import Rules
from shared.sealer import Sealer
from shared.settings import Settings
from shared.store import Store
from shared.vault import Vault
from shared.web.limits import Limits


@dataclass(frozen=True, slots=True)
class ApiState:
    """`hears`: the topics whose events this service takes in. `vault` is a Sealer for a service that may not open
    sealed data, None for one that keeps none; `ends` only of one that hears in bulk. `rules`: who may take which of its
    routes. `limits`: None only where nobody is limited."""

    settings: Settings
    store: Store
    vault: Vault | Sealer | None
    authenticator: Authenticator
    hears: frozenset[str]
    rules: Rules
    ends: Ends | None = None
    limits: Limits | None = None

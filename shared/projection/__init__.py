"""Read tables folded from a service's events. `tables` says what they are, `policies` to whom they are shown, `builds` makes and
swaps them, `Projector` follows the store, `rebuild` folds everything anew beside the live ones."""

from shared.projection.builds import prepare
from shared.projection.projector import Projector
from shared.projection.rebuild import rebuild
from shared.projection.tables import Handler, Projection, Rows, Table, Within

__all__ = ["Handler", "Projection", "Projector", "Rows", "Table", "Within", "prepare", "rebuild"]

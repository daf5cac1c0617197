"""Events to the rows behind the list of centres. One centre with its committees is read from the store, not from here."""

from collections.abc import Mapping
from typing import Any, LiteralString

from shared.events.network import CentreEstablished, CommitteeAppointed
from shared.projection import Handler, Rows, Table
from shared.store import Recorded

CENTRES = Table(
    name="centres",
    key=("centre_id",),
    columns={
        "centre_id": "uuid NOT NULL",
        "version": "int NOT NULL",
        "province": "text NOT NULL",
        "name": "text NOT NULL",
        "order_no": "text NOT NULL",
        "established_on": "date NOT NULL",
    },
    indexes=("(province)",),
)


def _centre(record: Recorded, event: dict[str, Any], rows: Rows) -> None:
    rows.put(CENTRES, {name: event.get(name) for name in CENTRES.columns} | {"version": record.version})


TABLES: tuple[Table, ...] = (CENTRES,)
HANDLERS: Mapping[str, Handler] = {CentreEstablished.TYPE: _centre, CommitteeAppointed.TYPE: _centre}
VIEWS: Mapping[LiteralString, LiteralString] = {}

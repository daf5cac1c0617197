"""Events to the rows behind the lists of volunteers' ID cards."""

from collections.abc import Mapping
from typing import Any, LiteralString

from shared.events.network import CardHandedOver, CardLost, CardPrinted, CardRequested, CardReturned
from shared.projection import Handler, Rows, Table
from shared.store import Recorded

CARDS = Table(
    name="cards",
    key=("card_id",),
    columns={
        "card_id": "uuid NOT NULL",
        "version": "int NOT NULL",
        "volunteer_id": "uuid NOT NULL",
        "province": "text NOT NULL",
        "card_no": "text NOT NULL",
        "issue": "int NOT NULL",
        "state": "text NOT NULL",
        "on": "date NOT NULL",
    },
    indexes=("(card_no)", "(province, state, card_no)"),
)


def _card(record: Recorded, event: dict[str, Any], rows: Rows) -> None:
    rows.put(CARDS, {name: event.get(name) for name in CARDS.columns} | {"version": record.version})


TABLES: tuple[Table, ...] = (CARDS,)
HANDLERS: Mapping[str, Handler] = {
    event.TYPE: _card for event in (CardRequested, CardPrinted, CardHandedOver, CardLost, CardReturned)
}
VIEWS: Mapping[LiteralString, LiteralString] = {}

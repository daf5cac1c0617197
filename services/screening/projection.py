"""Events to the rows behind the queue: one table for what intake says of a need, one for what screening said last of the case,
and a view that joins them."""

from typing import Any

from shared.events.codes import Decision
from shared.events.intake import NeedReported, NeedWithdrawn
from shared.events.screening import CaseReopened, CaseScreened
from shared.projection import Projection, Rows, Table, Within
from shared.store import Recorded

NAME = "queue"

NEEDS = Table(
    name="screening_needs",
    key=("case_id",),
    columns={
        "case_id": "uuid NOT NULL",
        "version": "int NOT NULL",
        "kind": "text NOT NULL",
        "province": "text NOT NULL",
        "area_code": "text NOT NULL",
        "worker_type": "text",
        "reported_at": "timestamptz NOT NULL",
        "urgent": "boolean NOT NULL",
        "duplicate": "boolean NOT NULL",
        "duplicate_of": "uuid",
        "withdrawn": "boolean NOT NULL",
        "settled": "boolean NOT NULL",
    },
    # Nearly every need is settled, and the oldest are so first: without these a page would have to pass over all of them.
    indexes=(
        "((NOT urgent), reported_at, case_id) WHERE NOT withdrawn AND NOT settled",
        "(province, (NOT urgent), reported_at, case_id) WHERE NOT withdrawn AND NOT settled",
    ),
)
"""`settled` repeats, for the indexes, that the last word on the case is a decision; the table below is what counts."""

STANDINGS = Table(
    name="screening_standings",
    key=("case_id",),
    columns={
        "case_id": "uuid NOT NULL",
        "version": "int NOT NULL",
        "undecided": "boolean NOT NULL",
        "needs_information": "boolean NOT NULL",
        "reopened": "boolean NOT NULL",
    },
    within=Within(NEEDS, ("case_id",)),
)
"""Where a case stands by screening's own last event about it, which says all there is to know."""


def _need_reported(record: Recorded, event: dict[str, Any], rows: Rows) -> None:
    rows.put(
        NEEDS,
        {
            "case_id": event["case_id"],
            "version": record.version,
            "kind": event["kind"],
            "province": event["province"],
            "area_code": event["area_code"],
            "worker_type": event.get("worker_type"),
            "reported_at": event["reported_at"],
            "urgent": event["urgent"],
            "duplicate": event.get("duplicate", False),
            "duplicate_of": event.get("duplicate_of"),
            "withdrawn": False,
            "settled": False,
        },
    )


def _need_withdrawn(_: Recorded, event: dict[str, Any], rows: Rows) -> None:
    rows.patch(NEEDS, (event["case_id"],), {"withdrawn": True})


def _case_screened(record: Recorded, event: dict[str, Any], rows: Rows) -> None:
    question = event["decision"] == Decision.NEEDS_INFORMATION
    if not question:
        rows.patch(NEEDS, (event["case_id"],), {"settled": True})
    rows.put(
        STANDINGS,
        {
            "case_id": event["case_id"],
            "version": record.version,
            "undecided": question,
            "needs_information": question,
            # A question carries the round that is open, and any but the first is open because a referral came back.
            "reopened": question and event["round"] > 1,
        },
    )


def _case_reopened(record: Recorded, event: dict[str, Any], rows: Rows) -> None:
    rows.patch(NEEDS, (event["case_id"],), {"settled": False})
    rows.put(
        STANDINGS,
        {
            "case_id": event["case_id"],
            "version": record.version,
            "undecided": True,
            "needs_information": False,
            "reopened": True,
        },
    )


PROJECTION = Projection(
    name=NAME,
    definition=3,
    tables=(NEEDS, STANDINGS),
    handlers={
        NeedReported.TYPE: _need_reported,
        NeedWithdrawn.TYPE: _need_withdrawn,
        CaseScreened.TYPE: _case_screened,
        CaseReopened.TYPE: _case_reopened,
    },
    views={
        "screening_queue": """
            SELECT n.case_id, n.kind, n.province, n.area_code, n.worker_type, n.reported_at, n.urgent, n.duplicate,
                   n.duplicate_of, coalesce(s.needs_information, false) AS needs_information,
                   coalesce(s.reopened, false) AS reopened
            FROM screening_needs n LEFT JOIN screening_standings s ON s.case_id = n.case_id
            WHERE NOT n.withdrawn AND NOT n.settled AND coalesce(s.undecided, true)
        """,
    },
)

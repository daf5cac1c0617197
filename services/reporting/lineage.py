"""Which events a row of a form rests on: all that was said of its case, but not other help in it. Pure."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from services.reporting.report import instant
from shared.events import routing
from shared.store.records import Recorded
from shared.store.telling import in_order

_HELP = {routing.AssistanceRecorded.TYPE, routing.AssistanceCorrected.TYPE, routing.AssistanceVoided.TYPE}


def lineage(assistance_id: UUID, records: Sequence[Recorded], reports: Sequence[tuple[str, str, int]]) -> dict[str, Any]:
    """In the order of the story, not in that of arrival, so that it is the same in every copy of this store. `reports`: form,
    period and revision of each submission that it stood on."""
    events = [record for record in records if record.type not in _HELP or record.fields["assistance_id"] == str(assistance_id)]
    return {
        "assistance_id": assistance_id,
        "events": [
            {
                "event_id": record.id,
                "type": record.type,
                "at": instant(record.recorded_at),
                "by": record.meta["actor"],
                "topic": record.topic,
                "partition": record.partition,
                "offset": record.offset,
            }
            for record in in_order(events)
        ],
        "reports": [{"form": form, "period": period, "revision": revision} for form, period, revision in reports],
    }

"""How far reporting is, put together from what it has taken in and what Kafka holds. Pure."""

from typing import Any

from services.reporting.views import Taken
from shared.consume.ends import Reach


def position(taken: Taken, reach: Reach | None) -> dict[str, Any]:
    """`reach` is None when Kafka does not answer: then nobody can say that all is caught up, and ends are null."""
    ends = {} if reach is None else reach.ends
    heard_all = reach is not None and all(taken.offsets.get(place, 0) >= end for place, end in ends.items())
    caught_up = heard_all and taken.all_shown
    unheard = 0.0 if reach is None or heard_all else reach.oldest_seconds
    return {
        "caught_up": caught_up,
        "lag_seconds": 0.0 if caught_up else round(max(taken.oldest_seconds, unheard), 3),
        "partitions": [
            {
                "topic": topic,
                "partition": partition,
                "offset": taken.offsets.get((topic, partition), 0),
                "end_offset": ends.get((topic, partition)),
            }
            for topic, partition in sorted({*taken.offsets, *ends})
        ],
    }

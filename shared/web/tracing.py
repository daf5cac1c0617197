"""The caller's trace context, as far as it is one."""

import re

_TRACEPARENT = re.compile(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")


def traceparent(header: str | None) -> str | None:
    """It goes into events and on to Kafka: only a trace context of W3C's form, and no other words of the caller."""
    return header if header is not None and _TRACEPARENT.fullmatch(header) else None

"""Requests of whose body hardly anything is unknown but a citizen's ID: what is kept of them must not lead back to it."""

import hmac
from dataclasses import replace

from shared.web.edge import Edge


def salted(edge: Edge) -> Edge:
    """The same request, but the hash that is kept of its body is keyed with the caller's own `Idempotency-Key`, too, which is
    stored nowhere. Otherwise the hash of `{"citizen_id": …}` beside the answer's `person_ref` would be one more keyed hash of
    the ID, and outlive the person's being forgotten."""
    given = edge.request.headers.get("Idempotency-Key", "")
    return replace(edge, _pepper=hmac.digest(edge._pepper, given.encode(), "sha256"), _hashed=[])

"""Who may do what in screening: the queue and its decisions."""

from shared.access import Rule
from shared.rights.roles import OFFICE

RULES: tuple[Rule, ...] = (
    Rule(
        "cases.read",
        "see the queue and its cases",
        "screening",
        ("GET /queue", "GET /cases/{case_id}"),
        OFFICE,
    ),
    Rule("cases.decide", "decide cases", "screening", ("POST /cases/{case_id}/decision", "POST /decisions"), OFFICE),
)

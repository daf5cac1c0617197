"""Who may do what in routing: referrals and help."""

from shared.access import AGENCY, PROVINCE, UNIT, Rule
from shared.rights.roles import HELPERS

RULES: tuple[Rule, ...] = (
    Rule(
        "referrals.read",
        "see referrals with the citizen",
        "routing",
        ("GET /referrals", "GET /referrals/{referral_id}"),
        {"province_officer": PROVINCE, "agency_officer": AGENCY},
        frozenset({"province_officer", "agency_officer"}),
    ),
    Rule(
        "referrals.answer",
        "accept, decline, return, close a referral",
        "routing",
        tuple(f"POST /referrals/{{referral_id}}/{answer}" for answer in ("accept", "decline", "return", "close")),
        {"agency_officer": AGENCY},
    ),
    Rule(
        "assistance.record",
        "record help through a referral",
        "routing",
        ("POST /referrals/{referral_id}/assistance",),
        HELPERS,
    ),
    Rule(
        "assistance.record_own",
        "record help that a unit gave by itself",
        "routing",
        ("POST /assistance",),
        {"unit_clerk": UNIT, "province_officer": PROVINCE},
    ),
    Rule(
        "assistance.change",
        "correct and void help",
        "routing",
        ("POST /assistance/{assistance_id}/correct", "POST /assistance/{assistance_id}/void"),
        HELPERS,
    ),
)

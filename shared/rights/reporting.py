"""Who may do what in reporting: forms and figures."""

from shared.access import AGENCY, NATION, PROVINCE, SELF, UNIT, Rule
from shared.rights.roles import EVERYBODY, OFFICE, READERS, by_format

RULES: tuple[Rule, ...] = (
    Rule(
        "sp12.read",
        "see form สป-๑๒ and its revisions",
        "reporting",
        (*by_format("/reports/sp12"), "GET /reports/sp12/revisions"),
        {"unit_clerk": UNIT, **READERS},
        frozenset({"unit_clerk", "province_officer", "ministry"}),
    ),
    Rule(
        "sp12.submit",
        "submit form สป-๑๒",
        "reporting",
        ("POST /reports/sp12/submit",),
        {"unit_clerk": UNIT, "province_officer": PROVINCE},
    ),
    Rule(
        "snb2.read",
        "see form สนบ.๒, its revisions and the book of all provinces",
        "reporting",
        (*by_format("/reports/snb2"), "GET /reports/snb2/revisions", "GET /reports/snb2-book"),
        READERS,
        frozenset({"province_officer", "ministry"}),
    ),
    Rule("snb2.submit", "submit form สนบ.๒", "reporting", ("POST /reports/snb2/submit",), OFFICE),
    Rule("snb1.read", "see report สนบ.๑", "reporting", by_format("/reports/snb1"), READERS),
    Rule("snb1.targets", "set the targets of report สนบ.๑", "reporting", ("POST /reports/snb1/targets",), OFFICE),
    Rule(
        "doe_tipoffs.read",
        "see the tip-off summary of the Department of Employment",
        "reporting",
        by_format("/reports/doe-tipoffs"),
        {**READERS, "agency_officer": AGENCY},
    ),
    Rule(
        "dlpw_tipoffs.read",
        "see the tip-off summary of the Department of Labour Protection and Welfare",
        "reporting",
        by_format("/reports/dlpw-tipoffs"),
        {**READERS, "agency_officer": AGENCY},
    ),
    Rule(
        "figures.read",
        "see totals, funnel, completeness, calendar, lineage, the network, where mobile units are wanted",
        "reporting",
        (
            "GET /totals",
            "GET /funnel",
            "GET /network",
            "GET /mobile-units/suggestions",
            *by_format("/completeness"),
            *by_format("/reports/calendar"),
            "GET /lineage/{assistance_id}",
        ),
        READERS,
    ),
    Rule(
        "progress.read",
        "see a volunteer's progress against 30",
        "reporting",
        ("GET /volunteers/{volunteer_id}/progress",),
        {"volunteer": SELF, **READERS},
    ),
    Rule(
        "people.record",
        "hand out all that is held of a person",
        "reporting",
        ("GET /people/{person_ref}/record",),
        {"admin": NATION},
        frozenset({"admin"}),
    ),
    Rule("position.read", "see how far reporting has read", "reporting", ("GET /position",), EVERYBODY),
)

"""Who may do what in intake: needs and people."""

from shared.access import NATION, PROVINCE, SELF, UNIT, Rule

RULES: tuple[Rule, ...] = (
    Rule(
        "needs.report",
        "report a need",
        "intake",
        ("POST /needs",),
        {"volunteer": SELF, "unit_clerk": UNIT, "province_officer": PROVINCE},
    ),
    Rule(
        "needs.import",
        "report needs from a survey sheet",
        "intake",
        ("POST /needs/import", "GET /needs/template.xlsx", "GET /imports/{import_id}", "GET /imports/{import_id}.xlsx"),
        {"unit_clerk": UNIT, "province_officer": PROVINCE},
    ),
    Rule(
        "needs.read",
        "see cases with their timelines",
        "intake",
        ("GET /needs", "GET /needs/{case_id}"),
        {"volunteer": SELF, "unit_clerk": UNIT, "province_officer": PROVINCE},
        frozenset({"volunteer", "unit_clerk", "province_officer"}),
    ),
    Rule(
        "needs.withdraw",
        "take a need back",
        "intake",
        ("POST /needs/{case_id}/withdraw",),
        {"volunteer": SELF, "province_officer": PROVINCE},
    ),
    Rule(
        "people.search",
        "find a person's cases by their document",
        "intake",
        ("POST /people/search",),
        {"unit_clerk": PROVINCE, "province_officer": PROVINCE},
    ),
    Rule("people.correct", "put a wrong name or ID right", "intake", ("POST /people/{person_ref}/correct",), {"admin": NATION}),
    Rule("people.forget", "forget a person", "intake", ("POST /people/forget",), {"admin": NATION}),
)

"""Who may do what: the one table of rights. Every route of every service stands in it. `python -m shared.rights > docs/access.md`
writes it down for people."""

from dataclasses import dataclass, field

from shared.access import AGENCY, NATION, PROVINCE, SELF, UNIT, Rule, Who
from shared.auth import Role

_OFFICE: Who = {"province_officer": PROVINCE}
_READERS: Who = {"province_officer": PROVINCE, "ministry": NATION}
_PEOPLE_OF_OFFICE: frozenset[Role] = frozenset({"province_officer"})
_OFFICE_AND_ADMIN: Who = {"province_officer": PROVINCE, "admin": PROVINCE}
_HELPERS: Who = {"unit_clerk": UNIT, "province_officer": PROVINCE, "agency_officer": AGENCY}
_EVERYBODY: Who = {
    "volunteer": NATION,
    "unit_clerk": NATION,
    "province_officer": NATION,
    "agency_officer": NATION,
    "ministry": NATION,
    "auditor": NATION,
    "admin": NATION,
}
SERVICES = ("registry", "intake", "screening", "routing", "reporting")


def _form(path: str) -> tuple[str, ...]:
    """A report's routes: by `Accept`, and by suffix."""
    return f"GET {path}", f"GET {path}.{{suffix}}"


_OWN_RULES: tuple[Rule, ...] = (
    Rule(
        "volunteers.change",
        "appoint, renew, relieve volunteers",
        "registry",
        ("POST /volunteers", "POST /volunteers/{volunteer_id}/renew", "POST /volunteers/{volunteer_id}/relieve"),
        _OFFICE_AND_ADMIN,
    ),
    Rule(
        "volunteers.read",
        "see volunteers",
        "registry",
        ("GET /volunteers", "GET /volunteers/{volunteer_id}"),
        _OFFICE_AND_ADMIN,
        _PEOPLE_OF_OFFICE,
    ),
    Rule(
        "units.change",
        "open and close service units",
        "registry",
        ("POST /service-units", "POST /service-units/{unit_id}/close"),
        _OFFICE_AND_ADMIN,
    ),
    Rule(
        "units.read",
        "see service units",
        "registry",
        ("GET /service-units", "GET /service-units/{unit_id}"),
        {**_OFFICE_AND_ADMIN, "unit_clerk": UNIT},
        _PEOPLE_OF_OFFICE,
    ),
    Rule(
        "network.read",
        "see coverage and allowances",
        "registry",
        ("GET /coverage", "GET /allowances"),
        {**_READERS, "admin": PROVINCE},
    ),
    Rule(
        "needs.report",
        "report a need",
        "intake",
        ("POST /needs",),
        {"volunteer": SELF, "unit_clerk": UNIT, "province_officer": PROVINCE},
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
    Rule(
        "cases.read",
        "see the queue and its cases",
        "screening",
        ("GET /queue", "GET /cases/{case_id}"),
        _OFFICE,
    ),
    Rule("cases.decide", "decide cases", "screening", ("POST /cases/{case_id}/decision", "POST /decisions"), _OFFICE),
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
        _HELPERS,
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
        _HELPERS,
    ),
    Rule(
        "sp12.read",
        "see form สป-๑๒ and its revisions",
        "reporting",
        (*_form("/reports/sp12"), "GET /reports/sp12/revisions"),
        {"unit_clerk": UNIT, **_READERS},
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
        (*_form("/reports/snb2"), "GET /reports/snb2/revisions", "GET /reports/snb2-book"),
        _READERS,
        frozenset({"province_officer", "ministry"}),
    ),
    Rule("snb2.submit", "submit form สนบ.๒", "reporting", ("POST /reports/snb2/submit",), _OFFICE),
    Rule("snb1.read", "see report สนบ.๑", "reporting", _form("/reports/snb1"), _READERS),
    Rule("snb1.targets", "set the targets of report สนบ.๑", "reporting", ("POST /reports/snb1/targets",), _OFFICE),
    Rule(
        "doe_tipoffs.read",
        "see the tip-off summary of the Department of Employment",
        "reporting",
        _form("/reports/doe-tipoffs"),
        {**_READERS, "agency_officer": AGENCY},
    ),
    Rule(
        "dlpw_tipoffs.read",
        "see the tip-off summary of the Department of Labour Protection and Welfare",
        "reporting",
        _form("/reports/dlpw-tipoffs"),
        {**_READERS, "agency_officer": AGENCY},
    ),
    Rule(
        "figures.read",
        "see totals, funnel, completeness, calendar, lineage",
        "reporting",
        (
            "GET /totals",
            "GET /funnel",
            *_form("/completeness"),
            *_form("/reports/calendar"),
            "GET /lineage/{assistance_id}",
        ),
        _READERS,
    ),
    Rule(
        "progress.read",
        "see a volunteer's progress against 30",
        "reporting",
        ("GET /volunteers/{volunteer_id}/progress",),
        {"volunteer": SELF, **_READERS},
    ),
    Rule(
        "people.record",
        "hand out all that is held of a person",
        "reporting",
        ("GET /people/{person_ref}/record",),
        {"admin": NATION},
        frozenset({"admin"}),
    ),
    Rule("position.read", "see how far reporting has read", "reporting", ("GET /position",), _EVERYBODY),
)
_SHARED_RULES: tuple[Rule, ...] = tuple(
    rule
    for service in SERVICES
    for rule in (
        Rule("audit.read", "see the audit trail", service, ("GET /audit",), {"auditor": NATION}),
        Rule(
            "digest.read",
            "compare what the services said and heard",
            service,
            ("GET /digest",),
            {"admin": NATION, "auditor": NATION, "ministry": NATION},
        ),
    )
)
RULES: tuple[Rule, ...] = (*_OWN_RULES, *_SHARED_RULES)


@dataclass(frozen=True)
class Rules:
    """The rules of one service, by route."""

    service: str
    by_route: dict[str, Rule] = field(default_factory=dict)

    @classmethod
    def of(cls, service: str) -> "Rules":
        return cls(service, {route: rule for rule in RULES if rule.service == service for route in rule.routes})

    def rule(self, method: str, path: str) -> Rule:
        """Raises KeyError for a route that stands in no rule: nobody may take it."""
        return self.by_route[f"{method} {path}"]


def main() -> None:
    print(document(), end="")


def document() -> str:
    """docs/access.md."""
    lines = [
        "# Who may do what",
        "",
        "Made by `python -m shared.rights` from the table in `shared/rights.py`. Nobody may do what is not written here. Outside",
        "of one's provinces, agency, unit or self a thing does not exist: 404, and in lists it is absent. A role that may not do",
        "it anywhere gets 403, no token that holds 401.",
        "",
        "`+` after a role: names, IDs, phones and free text are shown to it; to others they are null.",
    ]
    for service in SERVICES:
        lines += ["", f"## {service}", "", "| rule | what | routes | who |", "|---|---|---|---|"]
        for rule in RULES:
            if rule.service == service:
                routes = "<br>".join(f"`{route}`" for route in rule.routes)
                who = "<br>".join(
                    f"{role}{' +' if role in rule.people else ''}: {extent.value}" for role, extent in rule.who.items()
                )
                lines.append(f"| `{rule.name}` | {rule.what} | {routes} | {who} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()

"""Who may do what: the one table of rights, a module per service. Every route of every service stands in it. `python -m
shared.rights > docs/access.md` writes it down for people."""

from dataclasses import dataclass, field

from shared.access import NATION, Rule
from shared.rights import intake, registry, reporting, routing, screening

SERVICES = ("registry", "intake", "screening", "routing", "reporting")
_OF_EVERY_SERVICE: tuple[Rule, ...] = tuple(
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
RULES: tuple[Rule, ...] = (
    *registry.RULES,
    *intake.RULES,
    *screening.RULES,
    *routing.RULES,
    *reporting.RULES,
    *_OF_EVERY_SERVICE,
)


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

"""The table for people: docs/access.md."""

from shared.rights import RULES, SERVICES


def document() -> str:
    """docs/access.md."""
    lines = [
        "# Who may do what",
        "",
        "Made by `python -m shared.rights` from the table in `shared/rights/`. Nobody may do what is not written here. Outside",
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

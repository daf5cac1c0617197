"""`python -m services.routing roster …`: the informal-worker database, from files into the vault. Looking somebody up is in
`shared/roster/`."""

from services.routing.roster.commands import COMMAND

__all__ = ["COMMAND"]

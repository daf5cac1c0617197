"""One service as processes: `api`, `worker`, and the commands for people. A service gives its `Definition`, no more."""

from shared.process.definition import Command, Definition, Parts
from shared.process.main import main

__all__ = ["Command", "Definition", "Parts", "main"]

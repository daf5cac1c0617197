"""What makes a service different from the others: its routes, what it hears and says, its read tables."""

import argparse
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Any

from fastapi import APIRouter, FastAPI

from shared.consume import Handler
from shared.events.contract import Event
from shared.projection import Projection
from shared.settings import Settings
from shared.store import Store
from shared.vault import Vault


@dataclass(frozen=True, slots=True)
class Parts:
    """What a worker's reactions and loops are made from. `vault` is None for a service that only seals or has none."""

    settings: Settings
    store: Store
    vault: Vault | None


@dataclass(frozen=True, slots=True)
class Command:
    """`python -m services.X <name> …`, which other services do not have. `add_to` gives it its arguments; `run` returns the exit
    code."""

    name: str
    help: str
    add_to: Callable[[argparse.ArgumentParser], None]
    run: Callable[["Definition", Settings, argparse.Namespace], Awaitable[int]]


@dataclass(frozen=True)
class Definition:
    """One service. `hears` are topics; `handlers` says what it does about some of their events, the others are only stored.

    `in_bulk`: it reacts to nothing and hears everything in batches. `uses_vault`: it seals or opens personal data;
    `seals_only`: it never opens any, so it has no master key; `enrols`: it adds people, or keys of cases, to the vault, so that
    its worker must confirm and sweep. `imports`: it takes in tables of people. `loops`: what else its worker runs, by name, until
    it is cancelled. `development`: routes that are there only with ENV=development. `opens`: what its api holds
    beside databases, for as long as it serves; asked for before it starts, so that it can refuse."""

    name: str
    router: Callable[[], APIRouter]
    projections: tuple[Projection, ...]
    hears: tuple[str, ...] = ()
    handlers: Callable[[Parts], Mapping[type[Event], Handler]] = field(default=lambda _: {})
    in_bulk: bool = False
    uses_vault: bool = False
    seals_only: bool = False
    enrols: bool = False
    imports: bool = False
    loops: Callable[[Parts], Mapping[str, Coroutine[Any, Any, None]]] = field(default=lambda _: {})
    development: Callable[[Settings], APIRouter] | None = None
    opens: Callable[[FastAPI, Settings], AbstractAsyncContextManager[None]] | None = None
    commands: tuple[Command, ...] = ()

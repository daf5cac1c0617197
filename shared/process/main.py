"""`python -m services.X …`: the commands of a service."""

import argparse
import asyncio
import sys
from collections.abc import Awaitable, Callable

import psycopg
import uvloop

from shared.consume import parking
from shared.garbage import collect_seldom
from shared.logs import set_up
from shared.migrate import migrate
from shared.process import audit_command
from shared.process.api import build_api, serve
from shared.process.definition import Definition
from shared.process.worker import run_worker
from shared.projection import prepare, rebuild
from shared.settings import Settings
from shared.vault_halves import make_public_halves


def main(definition: Definition, argv: list[str] | None = None) -> int:
    """Runs one command. Returns the exit code: 0 done, 1 said no (a comparison that differs), 2 wrong usage."""
    arguments = _parser(definition).parse_args(argv)
    settings = Settings()
    if arguments.command in ("api", "worker"):
        _must_have_a_vault(definition, settings)
    set_up(definition.name, arguments.command, settings.log_level)
    run: Callable[[Definition, Settings, argparse.Namespace], Awaitable[int]] = arguments.run
    collect_seldom()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_as_coroutine(run(definition, settings, arguments)))


async def _as_coroutine(work: Awaitable[int]) -> int:
    return await work


def _parser(definition: Definition) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=f"python -m services.{definition.name}", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("api", help="serve HTTP").set_defaults(run=_api)
    commands.add_parser("worker", help="relay, projections and reactions").set_defaults(run=_worker)
    commands.add_parser("migrate", help="bring the tables up to date, as their owner").set_defaults(run=_migrate)
    again = commands.add_parser("rebuild", help="fold all events anew beside the live tables, then swap")
    again.add_argument("--compare", action="store_true", help="say whether the new tables equal the live ones")
    again.set_defaults(run=_rebuild)
    parked = commands.add_parser("parked", help="records that could not be taken in")
    parked.add_argument("action", choices=["list", "retry", "drop"])
    parked.add_argument("--topic", help="only of this topic")
    parked.add_argument("--at", metavar="PARTITION:OFFSET", type=_place, help="only this record (needs --topic)")
    parked.add_argument("--all", action="store_true", help="list also what is done or dropped; drop everything")
    parked.set_defaults(run=_parked)
    for command in (audit_command.COMMAND, *definition.commands):
        own = commands.add_parser(command.name, help=command.help)
        command.add_to(own)
        own.set_defaults(run=command.run)
    return parser


def _place(text: str) -> tuple[int, int]:
    partition, _, offset = text.partition(":")
    return int(partition), int(offset)


def _must_have_a_vault(definition: Definition, settings: Settings) -> None:
    """Raises SystemExit: found out at the start, not by whoever asks first."""
    if definition.seals_only and settings.master_key is not None:
        raise SystemExit(f"{definition.name} seals and must not be able to open: it must not be given SONGTOR_MASTER_KEY")
    if definition.seals_only and settings.vault is None:
        raise SystemExit(f"{definition.name} seals personal data: SONGTOR_VAULT is needed")
    if definition.uses_vault and not definition.seals_only and (settings.vault is None or settings.master_key is None):
        raise SystemExit(f"{definition.name} keeps personal data: SONGTOR_VAULT and SONGTOR_MASTER_KEY are needed")


async def _api(definition: Definition, settings: Settings, _: argparse.Namespace) -> int:
    await serve(build_api(definition, settings), settings.host, settings.port, proxies=settings.forwarded_allow_ips)
    return 0


async def _worker(definition: Definition, settings: Settings, _: argparse.Namespace) -> int:
    await run_worker(definition, settings)
    return 0


def owner_dsn(settings: Settings) -> str:
    """Raises SystemExit when the command is run without the owner's address."""
    if settings.database_owner is None:
        raise SystemExit("SONGTOR_DATABASE_OWNER is needed: this command runs as the tables' owner")
    return settings.database_owner.get_secret_value()


async def _migrate(definition: Definition, settings: Settings, arguments: argparse.Namespace) -> int:
    """Tables of the store and the vault, then the projections; one whose definition changed is rebuilt."""
    dsn = owner_dsn(settings)
    applied = await asyncio.to_thread(migrate, dsn, "shared", "schema/store")
    if definition.enrols and not definition.seals_only and settings.vault_owner is not None:
        applied += await asyncio.to_thread(_migrate_vault, settings.vault_owner.get_secret_value(), settings)
    for name in applied:
        print(f"{definition.name}: applied {name}")
    async with await psycopg.AsyncConnection.connect(dsn, autocommit=True) as connection:
        for projection in definition.projections:
            if await prepare(connection, projection):
                arguments.compare = False
                await _rebuild(definition, settings, arguments)
                break
    return 0


def _migrate_vault(dsn: str, settings: Settings) -> list[str]:
    """Its tables, and the public halves that who only seals needs."""
    applied = migrate(dsn, "shared", "schema/vault")
    if settings.master_key is not None:
        made = make_public_halves(dsn, settings.master_key_bytes)
        if made:
            applied.append(f"public halves of {made} keys")
    return applied


async def _rebuild(definition: Definition, settings: Settings, arguments: argparse.Namespace) -> int:
    dsn = owner_dsn(settings)
    different = 0
    for projection in definition.projections:
        async with (
            await psycopg.AsyncConnection.connect(dsn, autocommit=True) as connection,
            await psycopg.AsyncConnection.connect(dsn, autocommit=True) as reader,
        ):
            found = await rebuild(connection, reader, projection, compare=arguments.compare, progress=_say_progress)
        print(f"{projection.name}: build {found.build} is live, {found.events} events folded")
        for table, rows in (found.differing or {}).items():
            print(f"  {table}: {'equal' if rows == 0 else f'{rows} rows differ'}")
            different += rows
    return 1 if different else 0


def _say_progress(done: int, total: int) -> None:
    end = "\r" if sys.stderr.isatty() else "\n"
    print(f"folded {done:,} of {total:,} events", end=end, file=sys.stderr, flush=True)


async def _parked(_: Definition, settings: Settings, arguments: argparse.Namespace) -> int:
    if arguments.at is not None and arguments.topic is None:
        print("--at needs --topic", file=sys.stderr)
        return 2
    if arguments.action == "drop" and not (arguments.topic or arguments.all):
        print("drop needs --topic (and --at), or --all", file=sys.stderr)
        return 2
    async with await psycopg.AsyncConnection.connect(settings.database.get_secret_value(), autocommit=True) as connection:
        if arguments.action == "list":
            rows = await parking.listed(connection, everything=arguments.all)
            for row in rows:
                m = row.message
                print(f"{m.topic} {m.partition}:{m.offset} key={m.key_text} {row.state} {row.reason} tries={row.tries}")
            print(f"{len(rows)} records")
            return 0
        state: parking.Mark = "retry" if arguments.action == "retry" else "dropped"
        count = await parking.mark(connection, state, topic=arguments.topic, offset=arguments.at)
        print(f"{count} records marked: {state}")
        return 0

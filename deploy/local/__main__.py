"""`python -m deploy.local`: the commands for the stack on one machine."""

import argparse
import signal
import sys
import time
from pathlib import Path

from deploy.local import reconcile, run, stack, status
from deploy.local.failures import StackError
from deploy.local.layout import Layout
from deploy.local.say import say
from deploy.local.service_command import run_command
from deploy.local.supervision import Supervisor
from shared.events.catalogue import SERVICES

LOOK_EVERY = 1.0


def main(argv: list[str] | None = None) -> int:
    """Runs one command. Returns the exit code: 0 done, 1 not possible (and why) or (reconcile) not agreed, 2 wrong usage,
    3 (status) not ready."""
    given = _parser().parse_args(argv)
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        return int(given.run(given) or 0)
    except StackError as error:
        print(f"✗ {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("✗ interrupted", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m deploy.local", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    everywhere = argparse.ArgumentParser(add_help=False)
    everywhere.add_argument("--data", type=Path, default=Path(".songtor"), help="where the stack keeps everything (.songtor)")
    starting = argparse.ArgumentParser(add_help=False, parents=[everywhere])
    starting.add_argument("--port-base", type=_base, help="apis at base + 1…5, workers at base + 11…15 (8000; kept)")

    up = commands.add_parser("up", help="start everything", parents=[starting])
    up.add_argument("--detach", action="store_true", help="return when everything is ready; else Ctrl-C ends it")
    up.set_defaults(run=_up)
    down = commands.add_parser("down", help="stop everything", parents=[everywhere])
    down.add_argument("--purge", action="store_true", help="and remove everything that was stored")
    down.set_defaults(run=_down)
    shown = commands.add_parser("status", help="processes, addresses, health", parents=[everywhere])
    shown.add_argument("--json", action="store_true")
    shown.set_defaults(run=lambda given: status.show_status(given.data, as_json=given.json))
    logs = commands.add_parser("logs", help="what the processes say", parents=[everywhere])
    logs.add_argument("service", nargs="?", help="a service, one of its processes (intake-api), kafka, postgres, supervisord")
    logs.add_argument("-n", "--lines", type=int, default=20)
    logs.add_argument("-f", "--follow", action="store_true")
    logs.set_defaults(run=lambda given: status.follow_logs(given.data, given.service, lines=given.lines, follow=given.follow))
    play = commands.add_parser("play", help="play a story into the running stack", parents=[everywhere])
    play.add_argument("story", help="a name, or the path of a TOML file")
    play.set_defaults(run=lambda given: run.play(given.data, given.story))
    agree = commands.add_parser("reconcile", help="whether all services agree on what was said", parents=[everywhere])
    agree.add_argument("--wait", type=float, default=10.0, metavar="SECONDS", help="for what is on its way (10)")
    agree.set_defaults(run=lambda given: reconcile.reconcile(given.data, given.wait))
    service = commands.add_parser(
        "service", help="a command of one service: parked, rebuild, migrate, roster", parents=[everywhere]
    )
    service.add_argument("service", choices=SERVICES)
    service.add_argument("arguments", nargs=argparse.REMAINDER, help="as after `python -m services.<service>`")
    service.set_defaults(run=lambda given: run_command(given.data, given.service, given.arguments))
    everything = commands.add_parser("run", help="up --detach, and play the stories once", parents=[starting])
    everything.add_argument("--story", help="only this one (default: all)")
    everything.set_defaults(run=lambda given: run.run(given.data, given.port_base, given.story))
    return parser


def _base(text: str) -> int:
    base = int(text)
    if not 1024 <= base <= 65_000:
        raise argparse.ArgumentTypeError("between 1024 and 65000")
    return base


def _up(given: argparse.Namespace) -> None:
    found = stack.up(given.data, given.port_base)
    for name, service in found.services.items():
        say(f"  {name:10} {service.url}")
    say(f"  {'tokens':10} {Layout.of(given.data).tokens}")
    if given.detach:
        return
    say("Ctrl-C stops everything")
    supervisor = Supervisor(Layout.of(given.data))
    try:
        while supervisor.answers():
            time.sleep(LOOK_EVERY)
    except KeyboardInterrupt:
        say("")
    stack.down(given.data)


def _down(given: argparse.Namespace) -> None:
    if not stack.down(given.data, purge=given.purge):
        say("nothing was running")


def _interrupt(_: int, __: object) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())

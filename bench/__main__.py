"""`python -m bench [name …]`: measures, prints the table, and puts it into `docs/performance.md`."""

import argparse
import os
import signal
import sys
from collections.abc import Callable, Iterator

from bench import append, forms, imports, memory, needs, rebuild, relay, reporting, reports, roster, story, table, tipoff, visible
from bench.figures import Figure
from bench.machine import described
from bench.stage import Stage
from deploy.local.failures import StackError
from deploy.local.programs import LIMITS
from deploy.local.say import say
from shared.garbage import collect_seldom

# In this order: those on servers of their own first, those on a whole stack after them, and its memory when it has worked.
BENCHES: dict[str, Callable[[Stage], Iterator[Figure]]] = {
    "append": append.measure,
    "relay": relay.measure,
    "reporting": reporting.measure,
    "rebuild": rebuild.measure,
    "roster": roster.measure,
    "reports": reports.measure,
    "forms": forms.measure,
    "needs": needs.measure,
    "visible": visible.measure,
    "tipoff": tipoff.measure,
    "story": story.measure,
    "imports": imports.measure,
    "memory": memory.measure,
}


def main(argv: list[str] | None = None) -> int:
    """Returns 0 when everything was measured, whether or not it is as fast as asked; 1 when it could not be."""
    given = _parser().parse_args(argv)
    chosen = [name for name in BENCHES if name in given.names or not given.names]
    figures: list[Figure] = []
    signal.signal(signal.SIGTERM, _interrupt)  # what was started is stopped then, too
    collect_seldom()  # as every process of ours does
    os.environ |= dict.fromkeys(LIMITS, "100000")  # one caller from one address measures the services, not their limits
    try:
        with Stage(rounds=given.rounds, quick=given.quick) as stage:
            for name in chosen:
                figures += BENCHES[name](stage)
    except (StackError, RuntimeError) as error:
        print(f"✗ {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("✗ interrupted", file=sys.stderr)
        return 130
    machine = described()
    say(f"\n{table.shown(figures)}\n\n{machine}")
    if not given.quick:
        table.write(figures, machine)
    return 0


def _interrupt(_: int, __: object) -> None:
    raise KeyboardInterrupt


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", choices=[*BENCHES, []], metavar="name", help=f"of {', '.join(BENCHES)} (all)")
    parser.add_argument("--rounds", type=int, help="how often each is measured; the median counts")
    parser.add_argument("--quick", action="store_true", help="little of everything, once; nothing is written down")
    return parser


if __name__ == "__main__":
    sys.exit(main())

"""Tests as two pytest processes at once, for two cores, shared out so that both take about as long. `python -m
tests.side_by_side unit`, `most` or `slow`. Each process has a Kafka and a PostgreSQL of its own, where its tests ask for them;
what the second one says follows when both are over."""

import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from types import FrameType
from typing import IO, NamedTuple

from deploy.local.cache import ROOT


class Shared(NamedTuple):
    """What is run, and of that what the second process takes; the first takes the rest."""

    tests: Sequence[str]
    marks: str
    second: Sequence[str]
    profile: str = "suite"
    """How many examples are drawn: `tests/conftest.py`."""


def _integration(*abouts: str) -> list[str]:
    return sorted(str(path.relative_to(ROOT)) for about in abouts for path in ROOT.glob(f"tests/integration/test_{about}*.py"))


RUNS = {
    "unit": Shared(
        [*(f"tests/{of}" for of in ("intake", "registry", "reporting", "routing", "screening", "shared"))],
        "not apart",
        ["tests/screening", "tests/shared"],
        "quick",
    ),
    "most": Shared(
        ["tests"],
        "not slow",
        [
            "tests/e2e",
            "tests/integration/test_local_stack.py",
            "tests/integration/test_roster.py",
            *_integration("reporting_", "intake_import"),
        ],
    ),
    # Both have a stack; these kill it, or put a second beside it.
    "slow": Shared(["tests"], "slow", [f"tests/e2e/test_{about}.py" for about in ("kills", "rebuild", "stacks")]),
}
PLUGINS = ("pytest_asyncio.plugin", "pytest_timeout", "_hypothesis_pytestplugin")
"""All that is used. pytest would look for others, and compile every module of every library that brings one with its own eyes."""
NOTHING_TO_DO = 5
"""pytest's exit code when every test was deselected."""


def main(run: str, arguments: Sequence[str]) -> int:
    shared = RUNS[run]
    marked = ["-m", shared.marks, f"--hypothesis-profile={shared.profile}", *arguments]
    first = [*(path for path in shared.tests if path not in shared.second), *(f"--ignore={path}" for path in shared.second)]
    with tempfile.TemporaryFile() as said:
        both = [_started([*first, *marked], None), _started([*shared.second, *marked], said)]

        def end(_: int, __: FrameType | None) -> None:
            for process in both:
                process.terminate()

        # Ctrl-C reaches both by itself; each stops what it started, and is waited for.
        signal.signal(signal.SIGINT, lambda *_: None)
        signal.signal(signal.SIGTERM, end)
        codes = [process.wait() for process in both]
        said.seek(0)
        sys.stdout.buffer.write(said.read())
        sys.stdout.flush()
    return next((code for code in codes if code not in (0, NOTHING_TO_DO)), 0)


def _started(arguments: Sequence[str], said: IO[bytes] | None) -> subprocess.Popen[bytes]:
    plugins = [part for name in PLUGINS for part in ("-p", name)]
    command = [sys.executable, "-m", "pytest", "-q", "--disable-plugin-autoload", *plugins, *arguments]
    return subprocess.Popen(command, cwd=Path(ROOT), stdout=said, stderr=said)


if __name__ == "__main__":
    if sys.argv[1:2] == [] or sys.argv[1] not in RUNS:
        sys.exit(f"one of {', '.join(RUNS)}, and then what pytest takes")
    sys.exit(main(sys.argv[1], sys.argv[2:]))

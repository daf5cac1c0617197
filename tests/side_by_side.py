"""All tests as two pytest processes at once, for two cores: each has a Kafka and a PostgreSQL of its own. `python -m
tests.side_by_side -m "not slow"`; what the second process says follows when both are over."""

import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from types import FrameType
from typing import IO

from deploy.local.cache import ROOT

# About as long as all the others together.
SECOND = (
    "tests/e2e",
    "tests/integration/test_local_stack.py",
    "tests/integration/test_roster.py",
    *sorted(
        str(path.relative_to(ROOT))
        for about in ("reporting_", "intake_import")
        for path in ROOT.glob(f"tests/integration/test_{about}*.py")
    ),
)
NOTHING_TO_DO = 5
"""pytest's exit code when every test was deselected."""


def main(arguments: Sequence[str]) -> int:
    others = ["tests", *(f"--ignore={path}" for path in SECOND)]
    with tempfile.TemporaryFile() as said:
        both = [_started([*others, *arguments], None), _started([*SECOND, *arguments], said)]

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
    return subprocess.Popen([sys.executable, "-m", "pytest", "-q", *arguments], cwd=Path(ROOT), stdout=said, stderr=said)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

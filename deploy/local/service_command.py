"""Running a command of one service (`parked`, `rebuild`, `migrate`) with the settings of this stack, so that nobody copies
passwords. What the commands do is in `shared/process/main.py`."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from deploy.local import kept
from deploy.local.cache import ROOT
from deploy.local.failures import StackError
from deploy.local.layout import Layout
from deploy.local.programs import migrate_environment
from deploy.local.stack_file import read_stack


def run_command(data: Path, service: str, arguments: Sequence[str]) -> int:
    """Returns the command's exit code. Raises StackError when there is no stack."""
    layout = Layout.of(data)
    stack, chosen = read_stack(layout), kept.read(layout)
    if stack is None or chosen is None:
        raise StackError(f"there is no stack in {layout.data}: `up` comes first")
    environment = migrate_environment(layout, chosen, stack.addresses(), service)
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("SONGTOR_")}
    command = [sys.executable, "-m", f"services.{service}", *arguments]
    return subprocess.run(command, env=inherited | environment, cwd=ROOT, check=False).returncode

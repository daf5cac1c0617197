"""Papers and papers' makers for tests of the printing processes, which import them by name."""

import ctypes
import os
import signal
import time
from pathlib import Path
from typing import Any

from shared.files.paper import Column, Paper, Section

Content = dict[str, Any]


def small(content: Content) -> Paper:
    """One table of one column."""
    rows = [(text,) for text in content["rows"]]
    return Paper(corner="แบบ", title=("หัวเรื่อง",), sections=(Section((Column("ช่อง", 180),), rows),))


def dies_once(content: Content) -> Paper:
    """Kills its process at the first time that it is asked; `content` names the file by which it remembers."""
    if _first_time(content):
        os.kill(os.getpid(), signal.SIGKILL)
    return small(content)


def dies(_: Content) -> Paper:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError


def hangs(content: Content) -> Paper:
    """In C, where no signal handler of Python's runs."""
    if "file" in content:
        Path(content["file"]).touch()
    ctypes.CDLL(None).pause()
    raise AssertionError


def says_where(content: Content) -> Paper:
    """Writes its process id down, and is at it until it is killed or the file is gone."""
    Path(content["file"]).write_text(str(os.getpid()))
    end = time.monotonic() + 60
    while Path(content["file"]).exists() and time.monotonic() < end:
        time.sleep(0.01)
    return small(content)


def who(content: Content) -> Paper:
    """A paper by which the process is known."""
    Path(content["file"]).write_text(str(os.getpid()))
    return small(content)


def _first_time(content: Content) -> bool:
    try:
        Path(content["file"]).touch(exist_ok=False)
    except FileExistsError:
        return False
    return True

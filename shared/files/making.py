"""What a printing process does: content in, file out. It knows neither HTTP nor databases; `press.py` keeps such processes."""

import contextlib
import multiprocessing
import os
import resource
import signal
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import wait
from pathlib import Path
from typing import Any, Literal

import typst

from shared.files.paper import Paper, Typeset
from shared.files.print import as_pdf
from shared.files.sheet import as_xlsx

Drawn = Literal["pdf", "xlsx"]
Content = dict[str, Any]
PaperOf = Callable[[Content], Paper | Typeset]
"""A function of a module, or a `partial` of one: it goes to another process by its name."""


class NotDrawnError(Exception):
    """The paper cannot be drawn. Says nothing more: typst's own words quote the text."""


@dataclass(frozen=True, slots=True)
class Tools:
    """`fonts`: the directory of Sarabun; `sheet_font`: the name that spreadsheets carry."""

    fonts: Path
    sheet_font: str


@dataclass(frozen=True, slots=True)
class Made:
    """A file, and the most memory that the process has ever held, in MB: what typst once took it keeps."""

    body: bytes
    peak_mb: int


def begin(tools: Tools) -> None:
    """In every printing process, first. It ends when it is told, in the middle of a page as well, and with its parent. Fonts and
    template are read now, so that its first form is as quick as the second."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    threading.Thread(target=_leave_with_parent, daemon=True).start()
    with contextlib.suppress(typst.TypstError):
        as_pdf(Paper(corner="ก", title=("ก",), sections=()), tools.fonts)


def ready() -> None:
    """Nothing to make: a process has begun once it has done this."""


def make(wanted: Drawn, paper_of: PaperOf, content: Content, tools: Tools) -> Made:
    """Raises NotDrawnError."""
    paper = paper_of(content)
    try:
        return Made(_drawn(wanted, paper, tools), _peak_mb())
    except typst.TypstError:
        raise NotDrawnError from None


def _drawn(wanted: Drawn, paper: Paper | Typeset, tools: Tools) -> bytes:
    if wanted == "pdf":
        return as_pdf(paper, tools.fonts)
    if isinstance(paper, Typeset):
        raise NotDrawnError
    return as_xlsx(paper, tools.sheet_font)


def _leave_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(0)


def _peak_mb() -> int:
    """Linux counts in KiB, macOS in bytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak // 1024 if sys.platform != "darwin" else peak // 1024**2

"""The files of this repository, as version control sees them: what the rules of the house are held against."""

import ast
import subprocess
from collections import defaultdict
from functools import cache
from pathlib import Path
from typing import TypeVar

ROOT = Path(__file__).resolve().parents[2]
CODE = ("services", "shared", "deploy")
SERVICES = ("registry", "intake", "screening", "routing", "reporting")

Node = TypeVar("Node", bound=ast.AST)


@cache
def files() -> tuple[Path, ...]:
    """Every file that is, or is about to be, committed."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT, check=True, capture_output=True
    )
    found = (ROOT / name for name in listed.stdout.decode().split("\0") if name)
    return tuple(path for path in found if path.is_file())


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def modules(*folders: str) -> list[Path]:
    """Python files, of all folders or of some."""
    return [path for path in files() if path.suffix == ".py" and (not folders or name_of(path).split("/")[0] in folders)]


@cache
def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(text_of(path), str(path))


def nodes(path: Path, *kinds: type[Node]) -> list[Node]:
    """All of these kinds that are anywhere in a file, kind by kind: each in the order in which `ast.walk` finds them."""
    found = _by_kind(path)
    return [node for kind in kinds for node in found[kind] if isinstance(node, kind)]


@cache
def _by_kind(path: Path) -> defaultdict[type[ast.AST], list[ast.AST]]:
    """Files are walked through once: most rules of the house look at every one of them."""
    found: defaultdict[type[ast.AST], list[ast.AST]] = defaultdict(list)
    for node in ast.walk(parsed(path)):
        found[type(node)].append(node)
    return found

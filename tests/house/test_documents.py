"""Documents say what is so: generated ones are fresh, links lead somewhere, every function that is named exists."""

import ast
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from shared import metrics, settings
from shared.events.documents import asyncapi
from shared.events.page import events_markdown
from shared.rights import page as access_page
from tests.house.tree import CODE, ROOT, files, modules, name_of, nodes, parsed

GENERATED: dict[str, tuple[Callable[[], str], str]] = {
    "docs/access.md": (access_page.document, "python -m shared.rights > docs/access.md"),
    "docs/events.md": (events_markdown, "python -m shared.events"),
    "docs/asyncapi.yaml": (asyncapi, "python -m shared.events"),
    "docs/metrics.md": (metrics.as_page, "python -m shared.metrics > docs/metrics.md"),
    "docs/settings.md": (settings.as_page, "python -m shared.settings > docs/settings.md"),
}
PAGES = [path for path in files() if path.suffix == ".md"]
each_page = pytest.mark.parametrize("page", PAGES, ids=[name_of(page) for page in PAGES])

LINK = re.compile(r"\[[^\]]+\]\(([^)#]+)?(?:#[^)]*)?\)")
PLACE = re.compile(r"`((?:services|shared|deploy|tests|bench|examples|docs)/[\w/.{}<>*-]+)(?::([\w.]+))?`")


@pytest.mark.parametrize("name", GENERATED)
def test_a_generated_document_is_fresh(name: str) -> None:
    made, command = GENERATED[name]
    assert (ROOT / name).read_text(encoding="utf-8") == made(), f"run `{command}`"


@each_page
def test_links_lead_to_files(page: Path) -> None:
    for target in LINK.findall(page.read_text(encoding="utf-8")):
        if target and not target.startswith(("http:", "https:", "mailto:")):
            assert (page.parent / target).exists(), f"{name_of(page)}: {target}"


@each_page
def test_every_place_in_the_code_that_is_named_exists(page: Path) -> None:
    for path, name in PLACE.findall(page.read_text(encoding="utf-8")):
        if re.search(r"[{}<>*]", path):
            continue  # a pattern, as in services/<service>/app.py
        there = ROOT / path
        assert there.exists(), f"{name_of(page)}: {path}"
        assert not name or name in _names(there), f"{name_of(page)}: {path}:{name}"


@cache
def _names(path: Path) -> set[str]:
    """What a file defines: functions and classes, methods and constants of a module; functions and tables of an SQL file."""
    if path.suffix == ".sql":
        return set(re.findall(r"CREATE (?:FUNCTION|TABLE|VIEW) (\w+)", path.read_text(encoding="utf-8")))
    found: set[str] = set()
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            found.add(node.name)
        elif isinstance(node, ast.ClassDef):
            found.add(node.name)
            found |= {
                f"{node.name}.{inner.name}" for inner in node.body if isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef)
            }
        elif isinstance(node, ast.Assign):
            found |= {target.id for target in node.targets if isinstance(target, ast.Name)}
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            found.add(node.target.id)
    return found


def test_every_setting_says_what_it_is_for() -> None:
    for name, field in settings.Settings.model_fields.items():
        assert (field.description or "").endswith("."), name


def test_every_metric_is_set_by_somebody() -> None:
    defined = {
        target.id
        for node in parsed(ROOT / "shared/metrics.py").body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    used = {
        alias.name
        for path in modules(*CODE)
        for node in nodes(path, ast.ImportFrom)
        if node.module == "shared.metrics"
        for alias in node.names
    }
    assert len(defined) > 15
    assert defined - used == set()

"""Tests that test: sentences for names, nothing skipped, nothing cured by sleeping, nothing of ours replaced."""

import ast
import re
from functools import cache

from tests.house.tree import modules, name_of, nodes

FUNCTIONS: tuple[type[ast.FunctionDef | ast.AsyncFunctionDef], ...] = (ast.FunctionDef, ast.AsyncFunctionDef)
IMPORTS: tuple[type[ast.Import | ast.ImportFrom], ...] = (ast.Import, ast.ImportFrom)
LONGEST_STEP_S = 0.1
"""Polling to a deadline may sleep this long between two looks."""


@cache
def _calls() -> list[tuple[str, ast.Call, str]]:
    """(file:line, call, dotted name) of every call in the tests."""
    return [
        (f"{name_of(path)}:{node.lineno}", node, ast.unparse(node.func))
        for path in modules("tests")
        for node in nodes(path, ast.Call)
    ]


def test_a_test_is_named_by_a_sentence() -> None:
    short = [
        f"{name_of(path)}: {node.name}"
        for path in modules("tests")
        for node in nodes(path, *FUNCTIONS)
        if node.name.startswith("test_") and len(node.name.split("_")) < 4
    ]
    assert short == []


def test_nothing_is_skipped() -> None:
    assert [at for at, _, name in _calls() if re.search(r"\b(skip|skipif|xfail|importorskip)$", name)] == []
    for path in modules("tests"):
        marks = {node.attr for node in nodes(path, ast.Attribute)}
        assert not marks & {"skipif", "xfail"}, name_of(path)


def test_nothing_is_cured_by_sleeping() -> None:
    slept = []
    for at, call, name in _calls():
        if name in ("time.sleep", "asyncio.sleep", "sleep") and call.args:
            seconds = call.args[0]
            if isinstance(seconds, ast.Constant) and isinstance(seconds.value, int | float) and seconds.value > LONGEST_STEP_S:
                slept.append(at)
    assert slept == []


def test_nothing_of_ours_is_replaced() -> None:
    for path in modules("tests"):
        imported = {ast.unparse(node) for node in nodes(path, *IMPORTS)}
        assert not any("mock" in line for line in imported), f"{name_of(path)} imports mocks"
    replaced = [
        at
        for at, call, name in _calls()
        if name.endswith("monkeypatch.setattr") and re.match(r"['\"](services|shared|deploy)\.", ast.unparse(call.args[0]))
    ]
    assert replaced == []

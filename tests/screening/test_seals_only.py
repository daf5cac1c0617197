"""Screening has the vault to seal notes, and for nothing else."""

import ast
from pathlib import Path

import services.screening
from shared.vault import Vault

SOURCES = sorted(Path(services.screening.__file__).parent.rglob("*.py"))
MAY_USE = {"seal", "key_for_case"}
ALL = {name for name in vars(Vault) if not name.startswith("_")}


def test_screening_asks_the_vault_for_nothing_but_to_seal() -> None:
    used = {
        node.attr
        for source in SOURCES
        for node in ast.walk(ast.parse(source.read_text()))
        if isinstance(node, ast.Attribute) and node.attr in ALL
    }
    assert {"open_many", "find", "enrol"} <= ALL
    assert used == MAY_USE

"""What /openapi.json says: every write names its body, and nothing in it points nowhere."""

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI

from services.intake.app import DEFINITION as INTAKE
from services.registry.app import DEFINITION as REGISTRY
from services.reporting.app import DEFINITION as REPORTING
from services.routing.app import DEFINITION as ROUTING
from services.screening.app import DEFINITION as SCREENING
from shared.process import Definition


def document(definition: Definition) -> dict[str, Any]:
    app = FastAPI()
    app.include_router(definition.router())
    return app.openapi()


def references(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        if isinstance(part.get("$ref"), str):
            yield part["$ref"]
        for below in part.values():
            yield from references(below)
    elif isinstance(part, list):
        for below in part:
            yield from references(below)


@pytest.mark.parametrize("definition", [REGISTRY, INTAKE, SCREENING, ROUTING, REPORTING], ids=lambda one: one.name)
def test_every_write_names_its_body(definition: Definition) -> None:
    writes = {path: operations["post"] for path, operations in document(definition)["paths"].items() if "post" in operations}
    assert writes
    assert [path for path, operation in writes.items() if "requestBody" not in operation] == []


@pytest.mark.parametrize("definition", [REGISTRY, INTAKE, SCREENING, ROUTING, REPORTING], ids=lambda one: one.name)
def test_every_reference_leads_somewhere(definition: Definition) -> None:
    found = document(definition)
    for reference in references(found["paths"]):
        part: Any = found
        for name in reference.removeprefix("#/").split("/"):
            part = part[name]

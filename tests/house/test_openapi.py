"""What /openapi.json says: every write names its body, every answer has its shape, every operation names exactly how it may
refuse, and nothing in it points nowhere."""

import ast
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

import pytest

from shared.rights import SERVICES
from tests.house.apis import document_of
from tests.house.tree import modules, name_of, nodes

Json = dict[str, Any]
PROBLEM = "application/problem+json"
OF_ALL = {"429", "500", "504"}
OF_TOKENS = {"401", "403", "422", "503"}
"""422: of the header `Songtor-After`."""
OF_WRITES = {"400", "413", "415", "422"}
OF_ITEMS = {"already_renewed", "invalid"}
"""Codes with which an item of a list is refused, and never the request."""
every_service = pytest.mark.parametrize("service", SERVICES)


def operations(service: str) -> Iterator[tuple[str, Json]]:
    for path, methods in document_of(service)["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def references(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        if isinstance(part.get("$ref"), str):
            yield part["$ref"]
        for below in part.values():
            yield from references(below)
    elif isinstance(part, list):
        for below in part:
            yield from references(below)


def codes(answer: Json) -> set[str]:
    """The stable codes that an answer may have; none where there are too many to name."""
    exact = answer["content"][PROBLEM]["schema"]["allOf"][1]["properties"]
    return set(exact.get("code", {}).get("enum", ()))


@every_service
def test_every_write_names_its_body(service: str) -> None:
    writes = {name: operation for name, operation in operations(service) if name.startswith("POST ")}
    assert [name for name, operation in writes.items() if "requestBody" not in operation] == []


@every_service
def test_every_reference_leads_somewhere(service: str) -> None:
    found = document_of(service)
    for reference in references(found):
        part: Any = found
        for name in reference.removeprefix("#/").split("/"):
            part = part[name]


@every_service
def test_every_answer_has_its_shape(service: str) -> None:
    shapeless = [
        f"{name} {status} {media_type}"
        for name, operation in operations(service)
        for status, answer in operation["responses"].items()
        for media_type, content in answer.get("content", {"none": {}}).items()
        if not content.get("schema")
    ]
    assert shapeless == []


@every_service
def test_every_refusal_is_a_problem_of_one_status_and_never_of_a_range(service: str) -> None:
    for name, operation in operations(service):
        for status, answer in operation["responses"].items():
            assert HTTPStatus(int(status)), name
            if int(status) >= HTTPStatus.BAD_REQUEST:
                assert [*answer["content"]] == [PROBLEM], (name, status)
                general, exact = answer["content"][PROBLEM]["schema"]["allOf"]
                assert general == {"$ref": "#/components/schemas/Problem"}
                assert exact["properties"]["status"] == {"const": int(status)}
                assert codes(answer) or status == "422", (name, status)


@every_service
def test_every_operation_names_the_refusals_of_what_it_is(service: str) -> None:
    for name, operation in operations(service):
        expected = set(OF_ALL)
        if operation["security"]:
            expected |= OF_TOKENS
        if name.startswith("POST "):
            expected |= OF_WRITES
        if "_id}" in name or "_ref}" in name:
            expected |= {"404"}
        assert expected - operation["responses"].keys() == set(), name
        if not name.startswith("POST "):
            assert {"400", "413", "415"} & operation["responses"].keys() == set(), name


@every_service
def test_in_development_alone_a_write_needs_no_key_and_a_read_may_play_a_time_that_is_none(service: str) -> None:
    paths = document_of(service, "development")["paths"]
    for name, operation in operations(service):
        method, path = name.split()
        in_development = codes(paths[path][method.lower()]["responses"]["400"])
        elsewhere = codes(operation["responses"]["400"]) if method == "POST" else set()
        assert (in_development - elsewhere, elsewhere - in_development) == (
            {"invalid_now"},
            {"idempotency_key_missing"} if method == "POST" else set(),
        ), name


@every_service
def test_every_code_with_which_a_service_refuses_is_in_its_document(service: str) -> None:
    said = {
        node.args[0].value
        for path in modules("services")
        if name_of(path).startswith(f"services/{service}/")
        for node in nodes(path, ast.Call)
        if getattr(node.func, "id", None) == "RefusedError" and isinstance(node.args[0], ast.Constant)
    }
    told = {
        code
        for _, operation in operations(service)
        for status, answer in operation["responses"].items()
        if int(status) >= HTTPStatus.BAD_REQUEST
        for code in codes(answer)
    }
    assert said - told - OF_ITEMS == set()

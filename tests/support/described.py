"""Holding a service to its own OpenAPI document: what schemathesis makes of the document is asked of the service, and every
answer is held against the document. Which things there are to ask for is the test's to say."""

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import Case, GenerationMode
from schemathesis.checks import CheckFunction, not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.core.parameters import ParameterLocation
from schemathesis.core.result import Ok
from schemathesis.schemas import APIOperation, BaseSchema
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

AnyCase = Case[Any]
Operation = APIOperation[Any, Any, Any, Any]
AT_ONCE = 16
CHECKS: Sequence[CheckFunction] = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
)


@dataclass
class Described:
    """A running service and what it says of itself."""

    http: httpx.AsyncClient
    schema: BaseSchema
    headers: Mapping[str, str]
    lenient: frozenset[str] = frozenset()
    """Operations that answer good also to what does not fit their description, and say in the answer what was wrong."""
    done: set[str] = field(default_factory=set)
    """Operations that have done at least once what they are for."""

    @classmethod
    async def of(
        cls, http: httpx.AsyncClient, headers: Mapping[str, str] | None = None, *, lenient: Iterable[str] = ()
    ) -> "Described":
        """`headers` go with every request."""
        document = await http.get("/openapi.json")
        return cls(http, schemathesis.openapi.from_dict(document.json()), headers or {}, frozenset(lenient))

    @property
    def operations(self) -> list[Operation]:
        return [found.ok() for found in self.schema.get_all_operations() if isinstance(found, Ok)]

    @property
    def not_done(self) -> set[str]:
        return {operation.label for operation in self.operations} - self.done

    async def do(
        self,
        label: str,
        *,
        body: Any = None,
        media_type: str = "application/json",
        accept: str | None = None,
        **parameters: Any,
    ) -> httpx.Response:
        """A good request to the operation `POST /path/{id}`, which must succeed as it is described. `parameters` are those of its
        path and query."""
        method, path = label.split(" ")
        operation = self.schema[path][method]
        named = {name: str(parameters.pop(name)) for name in [*parameters] if f"{{{name}}}" in path}
        case = operation.Case(
            path_parameters=named,
            query={name: str(value) for name, value in parameters.items()},
            headers={} if accept is None else {"Accept": accept},
            **({} if body is None else {"body": body, "media_type": media_type}),
        )
        answer = await self._ask(case)
        assert answer.is_success, f"{label}: {answer.status_code} {answer.text}"
        return answer

    async def ask_all(self, examples: int, things: Mapping[str, Any]) -> int:
        """So many requests to each operation that fit its description, and as many that do not. `things`: values of parameters
        and fields that mean something, by name; they take the place of every second one that was made up. Returns how many were
        asked. Raises all that was found."""
        asked, found = 0, list[Exception]()
        for operation in self.operations:
            cases = [*_made_up(operation, examples, things)]
            for start in range(0, len(cases), AT_ONCE):
                some = cases[start : start + AT_ONCE]
                answers = await asyncio.gather(*(self._ask(case) for case in some), return_exceptions=True)
                found += [answer for answer in answers if isinstance(answer, Exception)]
            asked += len(cases)
        if found:
            raise ExceptionGroup(f"{len(found)} of {asked} answers are not as described", found)
        return asked

    async def _ask(self, case: AnyCase) -> httpx.Response:
        """Raises what schemathesis finds, with the request that shows it."""
        told = requests.Request(**case.as_transport_kwargs(base_url=str(self.http.base_url))).prepare()
        assert told.method is not None
        assert told.url is not None
        assert told.body is None or isinstance(told.body, str | bytes)
        headers = httpx.Headers([(name.encode(), _octets(value)) for name, value in told.headers.items()])
        headers.update(self.headers)
        if _wrong(case, ParameterLocation.HEADER):
            headers.setdefault("Authorization", "")  # the token is what is missing: none is put there
        else:
            headers.pop("Authorization", None)  # the client's own
        answer = await self.http.request(told.method, told.url, content=told.body, headers=headers)
        refusing = [] if case.operation.label in self.lenient else [negative_data_rejection]
        try:
            case.validate_response(answer, checks=[*CHECKS, *refusing])
        except FailureGroup as group:  # which is no Exception
            raise ExceptionGroup(group.message, group.exceptions) from None
        if answer.is_success:
            self.done.add(case.operation.label)
        return answer


def _made_up(operation: Operation, examples: int, things: Mapping[str, Any]) -> Iterator[AnyCase]:
    """The same for the same document."""
    modes = [GenerationMode.POSITIVE]
    if [*operation.iter_parameters()] or operation.body:
        modes.append(GenerationMode.NEGATIVE)
    for mode in modes:
        cases: list[AnyCase] = []

        @settings(
            max_examples=examples,
            derandomize=True,
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=[*HealthCheck],
        )
        @given(operation.as_strategy(mode))
        def collect(case: AnyCase) -> None:
            cases.append(case)  # noqa: B023 it is run here and now

        try:
            collect()
        except Unsatisfiable:
            # Of an operation that takes nothing but a text in its path nothing can be wrong.
            if mode is GenerationMode.POSITIVE:
                raise
        for number, case in enumerate(cases):
            yield _meaning(case, things, everywhere=mode is GenerationMode.POSITIVE and number % 2 == 0)


def _meaning(case: AnyCase, things: Mapping[str, Any], *, everywhere: bool) -> AnyCase:
    """What the path names exists, unless the path is what is wrong. `everywhere`: also in query and body."""
    if not _wrong(case, ParameterLocation.PATH):
        case.path_parameters = _known(case.path_parameters, things)
    if everywhere:
        case.headers.pop("Songtor-After", None)  # made up, it would be all that is wrong
        case.query = _known(case.query, things)
        if isinstance(case.body, dict):
            case.body = _known(case.body, things)
    return case


def _wrong(case: AnyCase, part: ParameterLocation) -> bool:
    """Whether it is this part of the request that does not fit."""
    found = case.meta.components.get(part) if case.meta is not None else None
    return found is not None and found.mode is GenerationMode.NEGATIVE


def _octets(value: str | bytes) -> bytes:
    return value if isinstance(value, bytes) else value.encode("latin-1")


def _known(given_: Mapping[str, Any], things: Mapping[str, Any]) -> dict[str, Any]:
    return {name: things.get(name, value) for name, value in (given_ or {}).items()}

"""A caller of the running stack for each test."""

from collections.abc import Iterator

import pytest

from tests.support.api_client import Api
from tests.support.local_stack import LocalStack


@pytest.fixture
def api(stack: LocalStack) -> Iterator[Api]:
    with Api(stack) as api:
        yield api

"""The apis of the services as they are put together, without anything behind them."""

import base64
from dataclasses import replace
from functools import cache
from importlib import import_module
from typing import Any, Literal

from fastapi import FastAPI
from pydantic import SecretStr

from shared.process import Definition
from shared.process.api import build_api
from shared.settings import Settings

Env = Literal["development", "test", "production"]
KEY = SecretStr(base64.b64encode(bytes(range(32))).decode())


@cache
def api_of(service: str, env: Env = "test") -> FastAPI:
    settings = Settings(ENV=env, database=SecretStr("dbname=nobody-asks"), pepper=KEY, jwks="nowhere.json")
    definition: Definition = import_module(f"services.{service}.app").DEFINITION
    return build_api(replace(definition, opens=None), settings)


@cache
def document_of(service: str, env: Env = "test") -> dict[str, Any]:
    return api_of(service, env).openapi()

"""Tokens that a stack makes for itself and for whoever has curl. That services take them: tests/e2e/test_tokens.py."""

import json
import subprocess
from pathlib import Path

import jwt
import pytest
from jwt import PyJWKSet

from deploy.local.cache import ROOT
from deploy.local.failures import StackError
from deploy.local.layout import Layout
from deploy.local.tokens import admin, headers, token
from shared.dev_issuer import TokenRequest, new_issuer_key

READY = {"ministry": "eyJ.a.b", "admin": "eyJ.c.d"}


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    found = Layout.of(tmp_path)
    pem, jwks = new_issuer_key()
    found.issuer_key.write_bytes(pem)
    found.jwks.write_bytes(jwks)
    return found


def test_a_token_is_signed_with_the_stacks_own_key_for_as_long_as_wanted(layout: Layout) -> None:
    wanted = TokenRequest(sub="x", roles=["ministry"], provinces=["*"])
    (key,) = PyJWKSet.from_json(layout.jwks.read_text()).keys
    found = jwt.decode(token(layout, wanted, life_s=100), key, algorithms=["ES256"], audience="songtor", issuer="songtor-dev")
    assert found["exp"] - found["iat"] == 100
    assert (found["sub"], found["roles"], found["provinces"]) == ("x", ["ministry"], ["*"])


def test_where_there_never_was_a_stack_there_is_nobody_to_sign(tmp_path: Path) -> None:
    with pytest.raises(StackError, match="`up` comes first"):
        headers(Layout.of(tmp_path), admin())


def said(layout: Layout, *names: str) -> subprocess.CompletedProcess[str]:
    command = [str(ROOT / "deploy" / "local" / "token"), *(names or [""]), str(layout.data)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_a_ready_token_is_printed_by_its_name(layout: Layout) -> None:
    layout.tokens.write_text(json.dumps(READY))
    assert (said(layout, "ministry").stdout, said(layout, "ministry").returncode) == ("eyJ.a.b\n", 0)


def test_who_asks_for_one_that_is_not_there_is_told_which_there_are(layout: Layout) -> None:
    assert "`make run` comes first" in said(layout, "ministry").stderr
    layout.tokens.write_text(json.dumps(READY))
    for names in ((), ("king",)):
        done = said(layout, *names)
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr.endswith("there are:\nministry\nadmin\n")

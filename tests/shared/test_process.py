"""How a service's commands begin: what is missing is said at the start."""

import base64

import pytest

from services.intake.app import DEFINITION
from services.screening.app import DEFINITION as SCREENING
from shared.process import main

KEY = base64.b64encode(bytes(range(0, 256, 8))).decode()


@pytest.mark.parametrize("command", ["api", "worker"])
def test_a_service_that_keeps_personal_data_does_not_start_without_its_vault(
    command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {
        "DATABASE": "host=127.0.0.1 port=9",
        "PEPPER": KEY,
        "MASTER_KEY": KEY,
        "KAFKA_SECURITY": "plaintext",
    }.items():
        monkeypatch.setenv(f"SONGTOR_{name}", value)
    monkeypatch.delenv("SONGTOR_VAULT", raising=False)
    with pytest.raises(SystemExit, match="SONGTOR_VAULT"):
        main(DEFINITION, [command])


@pytest.mark.parametrize("command", ["api", "worker"])
def test_screening_does_not_start_with_what_opens(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    given = {"DATABASE": "host=127.0.0.1 port=9", "VAULT": "host=127.0.0.1 port=9", "PEPPER": KEY, "KAFKA_SECURITY": "plaintext"}
    for name, value in given.items():
        monkeypatch.setenv(f"SONGTOR_{name}", value)
    monkeypatch.setenv("SONGTOR_MASTER_KEY", KEY)
    with pytest.raises(SystemExit, match="must not be given SONGTOR_MASTER_KEY"):
        main(SCREENING, [command])
    monkeypatch.delenv("SONGTOR_MASTER_KEY")
    monkeypatch.delenv("SONGTOR_VAULT")
    with pytest.raises(SystemExit, match="SONGTOR_VAULT is needed"):
        main(SCREENING, [command])


def test_a_command_that_is_none_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as refused:
        main(DEFINITION, ["dance"])
    assert refused.value.code == 2
    assert "dance" in capsys.readouterr().err

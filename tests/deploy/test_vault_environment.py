"""What the processes are told of the vault, on one machine and in the file for one host: screening nothing that opens."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.local.databases import Database, VaultDatabase, vault_roles
from deploy.local.kept import Kept
from deploy.local.layout import Layout
from deploy.local.programs import SEALS_ONLY, Addresses, migrate_environment, service_environment
from services.intake.app import DEFINITION as INTAKE
from services.registry.app import DEFINITION as REGISTRY
from services.reporting.app import DEFINITION as REPORTING
from services.routing.app import DEFINITION as ROUTING
from services.screening.app import DEFINITION as SCREENING
from shared.broker import Broker
from shared.events.catalogue import SERVICES

ROOT = Path(__file__).parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
KEPT = Kept(8000, 1, 2, 3, "", "superuser-word", {}, "master-word", "pepper-word")
ADDRESSES = Addresses(
    Broker("127.0.0.1:9"),
    {},
    {service: Database(f"{service}-owner-word", f"{service}-word") for service in SERVICES},
    VaultDatabase("vault-owner-word", {service: f"vault-{service}-word" for service in SERVICES}),
)
SECRETS = {"superuser-word", "master-word", "vault-owner-word"}


@pytest.mark.parametrize("role", ["worker", "migrate"])
@pytest.mark.parametrize("service", SERVICES)
def test_a_process_is_told_its_own_login_into_the_vault_and_screening_nothing_that_opens(
    service: str, role: str, tmp_path: Path
) -> None:
    environment = service_environment if role == "worker" else lambda a, b, c, d, _: migrate_environment(a, b, c, d)
    told = environment(Layout.of(tmp_path), KEPT, ADDRESSES, service, role)
    assert told["SONGTOR_VAULT"] == f"vault-{service}-word"
    allowed = set() if service in SEALS_ONLY else {"master-word"} if role == "worker" else {"master-word", "vault-owner-word"}
    assert SECRETS & set(told.values()) == allowed
    others = {f"{kind}{other}-word" for other in SERVICES if other != service for kind in ("", "vault-")}
    assert not others & set(told.values())


def test_who_only_seals_is_the_same_in_the_services_and_on_one_machine() -> None:
    assert {one.name for one in (INTAKE, REGISTRY, REPORTING, ROUTING, SCREENING) if one.seals_only} == set(SEALS_ONLY)


@pytest.mark.parametrize("name", [name for name in COMPOSE if name.startswith(SERVICES)])
def test_on_one_host_a_container_has_its_own_login_into_the_vault_and_screening_no_master_key(name: str) -> None:
    service, environment = name.split("-")[0], COMPOSE[name]["environment"]
    assert ("SONGTOR_MASTER_KEY" in environment) == (service not in SEALS_ONLY)
    assert ("SONGTOR_VAULT_OWNER" in environment) == (service not in SEALS_ONLY and name.endswith("-migrate"))
    if name != "screening-migrate":  # it has nothing to do there
        assert environment["SONGTOR_VAULT"].startswith(f"postgresql://vault_{service}:${{VAULT_{service.upper()}_PASSWORD:?}}@")


def test_on_one_host_every_login_into_the_vault_is_made_with_a_password_of_its_own() -> None:
    script = (ROOT / "deploy" / "databases.sh").read_text()
    for role in vault_roles():
        password = f"{role.upper()}_PASSWORD"
        assert f"${password}" in script
        assert COMPOSE["postgres"]["environment"][password] == f"${{{password}:?}}"

"""The informal-worker database: how fast two million generated citizen IDs come into the vault by its command, what they take on
disk, and what asking for one person costs while they are in it; what 19.6 million will take is worked out from that."""

import asyncio
import base64
import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import uvloop

from bench.figures import Figure, percentile
from bench.stage import Stage
from deploy.local.cache import ROOT
from deploy.local.databases import VaultDatabase
from deploy.local.say import step
from shared.citizen_id import check_digit
from shared.vault import Vault, vault_pool

PEOPLE = 2_000_000
NATION = 19_600_000
KNOWN = 2_000
"""People enrolled in the vault, half of them listed: as many different look-ups are made in a round."""
ROUNDS = 3
_PEPPER, _MASTER_KEY = bytes(range(0, 256, 8)), b"m" * 32
_SIZE = "SELECT pg_total_relation_size('roster_2563_1')"


def measure(stage: Stage) -> Iterator[Figure]:
    people = stage.size(PEOPLE, 100_000)
    vault = stage.new_vault()
    path = stage.home / "roster.csv"
    try:
        with step(f"roster: {people:,} citizen IDs into a file"):
            _write(path, people)
        with step(f"roster: {people:,} citizen IDs into the vault"):
            seconds = _load(vault, path)
        with psycopg.connect(vault.owner) as connection:
            (size,) = connection.execute(_SIZE).fetchone() or (0,)
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            waits = [runner.run(_look_up(vault, people)) for _ in stage.rounds(ROUNDS)]
    finally:
        path.unlink(missing_ok=True)
        stage.drop(vault.owner)
    times = NATION / people
    minutes = f"19.6 million, extrapolated: {seconds * times / 60:.1f} min"
    yield Figure(f"roster, {people:,} citizen IDs loaded, put into use", [people / seconds], "IDs/s", note=minutes)
    megabytes = f"19.6 million, extrapolated: {size * times / 1e9:.2f} GB"
    yield Figure(f"roster, {people:,} people on disk", [size / 1e6], "MB", note=megabytes)
    for name, share in (("p50", 0.5), ("p95", 0.95)):
        values = [percentile(each, share) * 1e3 for each in waits]
        yield Figure(f"roster, look-up among {people:,}, {name}", values, "ms", 1.0, at_most=True)


def _number(count: int) -> str:
    """Of an office 97…, which is no place's."""
    twelve = f"197{count:09}"
    return twelve + check_digit(twelve)


def _write(path: Path, people: int) -> None:
    """In no order, as a register that has grown."""
    counts = list(range(people))
    random.Random(2563).shuffle(counts)
    with path.open("w", encoding="ascii") as file:
        file.write("citizen_id\n")
        file.writelines(f"{_number(count)}\n" for count in counts)


def _load(vault: VaultDatabase, path: Path) -> float:
    """Seconds from calling the command until the edition is in use."""
    settings = {
        "ENV": "test",
        "SONGTOR_DATABASE": vault.apps["routing"],
        "SONGTOR_VAULT_OWNER": vault.owner,
        "SONGTOR_PEPPER": base64.b64encode(_PEPPER).decode(),
    }
    command = [sys.executable, "-m", "services.routing", "roster", "load", str(path), "--edition", "2563"]
    begun = time.perf_counter()
    done = subprocess.run(command, cwd=ROOT, env=os.environ | settings, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"the roster was not loaded: {done.stderr[-1000:]}")
    return time.perf_counter() - begun


async def _look_up(vault: VaultDatabase, people: int) -> list[float]:
    """Seconds of each look-up, one after the other, as when help is recorded."""
    waits = []
    async with vault_pool(vault.apps["routing"]) as pool:
        ours = Vault(pool, master_key=_MASTER_KEY, pepper=_PEPPER)
        counts = random.Random(time.time_ns()).sample(range(2 * people), KNOWN)
        for count in counts:
            person_ref = await ours.enrol("thai", _number(count))
            begun = time.perf_counter()
            found = await ours.roster.look_up(person_ref)
            waits.append(time.perf_counter() - begun)
            if found.in_database != (count < people):
                raise RuntimeError("the roster gives a wrong answer")
    return waits

"""A survey sheet in parts: however it is split, in whatever order its parts come and come again, the same needs are there in the
end. The rows go straight to who takes them, as reading a file would give them."""

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from random import Random
from typing import Any
from uuid import UUID

import pytest
from fastapi import Request

from services.intake.domain import fold
from services.intake.imports.needs import NeedImporter
from shared.access import EVERYTHING, Right
from shared.auth import Principal
from shared.clock import Now
from shared.events.intake import NeedReported
from shared.imports.results import Counts, RowResult
from shared.rights import Rules
from shared.sheets.reading import Row
from shared.web import Edge
from tests.intake.running import Intake, running_intake
from tests.intake.survey import FIRST, citizen_id
from tests.support.servers import PostgresServer

pytestmark = pytest.mark.integration

ROUNDS = 12
Values = dict[str, Any]
Told = tuple[Any, ...]


@pytest.fixture
async def intake(postgres: PostgresServer, vault_dsn: str) -> AsyncIterator[Intake]:
    async with running_intake(postgres, vault_dsn) as running:
        yield running


def edge(intake: Intake) -> Edge:
    """Of somebody who may do everything."""
    rule = Rules.of("intake").rule("POST", "/needs/import")
    nobody = Principal("tester", "tester", frozenset({"province_officer"}), frozenset({"*"}))
    now = Now(datetime(2021, 5, 12, 3, 0, tzinfo=UTC), played=True)
    request = Request({"type": "http", "method": "POST", "path": "/needs/import", "headers": []})
    return Edge(
        request, nobody, Right(rule, EVERYTHING, EVERYTHING), now, intake.store, intake.vault, intake.settings.pepper_bytes, 0.0
    )


async def take(intake: Intake, values: Sequence[Values], draw: Random, *, dry_run: bool = False) -> list[RowResult]:
    """One send, in chunks of some size."""
    rows = [Row(number, one, ()) for number, one in enumerate(values, start=FIRST)]
    importer, size, found = NeedImporter(edge(intake), dry_run), draw.randrange(1, 30), list[RowResult]()
    for start in range(0, len(rows), size):
        chunk = rows[start : start + size]
        taken = await importer.take(chunk)
        assert sorted(one.row for one in taken.results) == [one.number for one in chunk]
        found += taken.results
    return sorted(found, key=lambda one: one.row)


def sheet(draw: Random, area_code: str, first: int) -> list[Values]:
    """Some people with needs of some kinds on some days: some rows twice, some without a document, some tip-offs, some bad."""
    rows: list[Values] = []
    for _ in range(draw.randrange(5, 60)):
        person = first + draw.randrange(6)
        need = {
            "kind": draw.choice(("welfare", "labour_rights")),
            "area_code": area_code,
            "reported_at": f"2021-05-{draw.randrange(1, 5):02}T00:00:00+07:00",
            "first_name": "สมใจ",
            "last_name": f"ใจดี{person}",
            "worker_type": "informal",
            "consent": True,
            "detail": f"ของ {person}",
        }
        named = need | {"citizen_id": citizen_id(person)}
        tipoff = {name: need[name] for name in ("area_code", "reported_at", "detail")} | {"kind": "tipoff_job_scam"}
        rows.append(draw.choice((named, named, named, need | {"id_kind": "none"}, named | {"consent": False}, tipoff)))
        if draw.random() < 0.15:
            rows.append(draw.choice(rows))
    return rows


def said_by(row: Values) -> Told:
    return row["kind"], row["reported_at"][:10], row.get("citizen_id"), row.get("last_name"), row["detail"]


def said_once(rows: Sequence[Values]) -> set[Told]:
    """What must be there in the end, each once."""
    return {said_by(one) for one in rows if one.get("consent") or one["kind"].startswith("tipoff")}


async def state(intake: Intake, rows: Sequence[Values], results: Sequence[RowResult]) -> dict[Told, Told | None]:
    """What each need says, and what its original says."""
    said = {one.id: said_by(rows[one.row - FIRST]) for one in results if one.id is not None}
    needs = {case: fold(stream.events).need for case, stream in (await intake.store.load_many([*said])).items()}
    assert all(isinstance(need, NeedReported) for need in needs.values())
    assert len({*said.values()}) == len(said), "one need for each"
    return {said[case]: _of(said, need) for case, need in needs.items() if need is not None}


def _of(said: dict[UUID, Told], need: NeedReported) -> Told | None:
    return None if need.duplicate_of is None else said[need.duplicate_of]


async def test_any_split_of_a_file_into_several_sends_gives_the_same_state(intake: Intake) -> None:
    for seed in range(ROUNDS):
        draw, people = Random(seed), 10 * seed
        rows = sheet(draw, "240409", people)
        cuts = sorted(draw.sample(range(1, len(rows)), draw.randrange(1, 5)))
        parts = [rows[start:end] for start, end in zip([0, *cuts], [*cuts, len(rows)], strict=True)]
        sends = [part for part in parts for _ in range(draw.choice((1, 1, 2)))]
        counted = Counts.of([one for part in sends for one in await take(intake, part, draw)])
        assert counted.accepted == len(said_once(rows))
        again = await take(intake, rows, draw)
        assert Counts.of(again).accepted == 0
        in_parts = await state(intake, rows, again)
        assert in_parts.keys() == said_once(rows)
        # The same sheet of other people, whole.
        others = [_of_somebody_else(one) for one in rows]
        whole = await state(intake, others, await take(intake, others, Random(0)))
        assert {_bare(need): _bare(first) for need, first in whole.items()} == {
            _bare(need): _bare(first) for need, first in in_parts.items()
        }


async def test_in_any_order_the_same_needs_are_there_and_one_of_each_line_is_the_first(intake: Intake) -> None:
    for seed in range(ROUNDS):
        draw = Random(seed)
        rows = sheet(draw, "240408", 10 * seed)
        mixed = draw.sample(rows, len(rows))
        counted = Counts.of([one for at in range(3) for one in await take(intake, mixed[at::3], draw)])
        assert counted.accepted == len(said_once(rows))
        found = await state(intake, rows, await take(intake, rows, draw))
        assert found.keys() == said_once(rows)
        lines: dict[Told, set[Told | None]] = {}
        for need, first in found.items():
            if need[2] is not None:
                lines.setdefault((need[0], need[2]), set()).add(first or need)
            else:
                assert first is None, "who has no document has no line"
        assert {len(firsts) for firsts in lines.values()} <= {1}


async def test_a_dry_run_foretells_every_row(intake: Intake) -> None:
    for seed in range(ROUNDS):
        draw = Random(seed)
        rows = sheet(draw, "240407", 10 * seed)
        await take(intake, rows[: len(rows) // 3], draw)
        dry, real = await take(intake, rows, draw, dry_run=True), await take(intake, rows, draw)
        assert [(one.result, one.column, one.code) for one in dry] == [(one.result, one.column, one.code) for one in real]


def _of_somebody_else(row: Values) -> Values:
    number = row.get("citizen_id")
    changed = {"area_code": "240410"} | ({} if number is None else {"citizen_id": citizen_id(int(number[5:12]) + 5000)})
    return row | changed


def _bare(said: Told | None) -> Told | None:
    """Without whose it is."""
    return said and (*said[:2], said[2] is None, *said[3:])

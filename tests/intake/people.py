"""People of intake's tests: who they are, how they are forgotten as the worker does it, and when they are gone."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

from services.intake.people.erasures import Erasures
from tests.intake.running import Intake

ID, OTHER_ID = "1970100000011", "3972200000126"
DOCUMENT = {"id_kind": "thai", "citizen_id": ID}
BECAUSE = {"reason": "ขอให้ลบ โทร 081-234-5678 สมใจ"}
NOBODY = UUID("6a0f3a8e-8a4c-4b6f-9b0e-0d6f3e1f2a01")
FORGOTTEN_SECONDS = 10.0


@contextlib.asynccontextmanager
async def erasing(intake: Intake) -> AsyncIterator[None]:
    """As intake's worker does it."""
    task = asyncio.create_task(Erasures(intake.database.app, "intake", intake.vault).run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait({task})


async def until_gone(intake: Intake, case_id: str) -> dict[str, Any]:
    """The case as soon as it names nobody."""
    end = asyncio.get_running_loop().time() + FORGOTTEN_SECONDS
    while (case := await intake.case(case_id))["citizen"] is not None:
        assert asyncio.get_running_loop().time() < end, "the name is still shown"
        await asyncio.sleep(0.05)
    return case


async def told_of(intake: Intake, person_ref: str) -> list[str]:
    return [record.type for record in (await intake.store.load(UUID(person_ref))).records]


async def person_of(intake: Intake, case_id: str) -> str:
    found: str = (await intake.case(case_id))["person_ref"]
    return found

"""Sends a survey sheet, waits until the service has gone through it, and finds in the answer what became of each row."""

import asyncio
import time
from datetime import datetime

from deploy.local.player.calling import PATIENCE, Answer, Caller, Json, Services, Upload
from deploy.local.player.story import StoryError
from deploy.local.player.survey_sheet import FIRST_ROW, survey_sheet

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_NAME = "survey.xlsx"
_LOOK_EVERY = 0.1
_TRIES = 5


async def import_sheet(
    services: Services, path: str, body: Json, *, caller: Caller, key: str, at: datetime, after: str | None
) -> Answer:
    """`body`: rows, seed and mistakes, as `survey_sheet` takes them. The answer's content is the file as it was sent. One that
    was interrupted is sent again under a key of its own: the rest is added. Raises StoryError."""
    content = await asyncio.to_thread(survey_sheet, body["rows"], seed=body["seed"], mistakes=body["mistakes"])
    upload = Upload(_NAME, content, XLSX)
    for number in range(_TRIES):
        tried = key if number == 0 else f"{key}~{number}"
        answer = await services.upload("intake", path, upload, caller=caller, key=tried, at=at, after=after)
        found = await _done(services, answer.body, caller)
        if found["state"] == "done":
            return Answer({**found, "import_id": answer.body["import_id"]}, answer.position, answer.replayed, content)
    raise StoryError(f"the sheet could not be gone through: {found.get('code')}")


def answer_of_row(answer: Answer, number: int) -> Answer:
    """Raises StoryError when the row was refused."""
    row = answer.body["rows"][number - FIRST_ROW]
    if row["row"] != number or row["result"] == "refused":
        raise StoryError(f"row {number} of the sheet was refused: {row.get('column')} {row.get('code')}")
    return Answer(row, None, answer.replayed)


async def _done(services: Services, said: Json, caller: Caller) -> Json:
    """What there is to say when it is done, or has failed. Raises StoryError when nothing moves for a minute."""
    if "rows" in said:
        return {"state": "done", **said}
    moved, seen = time.monotonic(), -1
    while True:
        found = await services.get("intake", f"/imports/{said['import_id']}", {}, caller=caller)
        if found["state"] != "running":
            return found
        if found["done"] != seen:
            moved, seen = time.monotonic(), found["done"]
        elif time.monotonic() - moved > PATIENCE:
            raise StoryError(f"the sheet stands still at {seen} of {found['total']} rows")
        await asyncio.sleep(_LOOK_EVERY)

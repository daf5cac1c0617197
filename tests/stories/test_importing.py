"""How a survey sheet is sent and what is made of the answer; an import that was interrupted is sent again."""

from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import pytest

from deploy.local.player import StoryError, plan
from deploy.local.player.calling import Services
from deploy.local.player.filing import file_reports
from deploy.local.player.outcome import sheet_lines
from deploy.local.player.performing import Performance
from deploy.local.player.steps import FOUND, Step
from tests.stories.fake_services import STACK, FakeServices
from tests.stories.given import draw, named, small

STORY = small(draws=[draw(each=5, eligible=6, helped=3, accepted=2, closed=1, sheet=date(2023, 6, 21), mistakes=3)])
STEPS = plan(STORY)
SENT = ("month-sheet", "month-sheet-again")


async def play(fake: FakeServices, steps: list[Step] = STEPS) -> Performance:
    async with fake.client() as client:
        played = Performance(story="small", province="21", services=Services(client, STACK))
        await played.perform(steps, lambda step: None)
    return played


@pytest.mark.parametrize("later", [0, 1, 3])
async def test_a_sheet_is_sent_twice_and_everything_that_follows_is_done_for_its_cases(later: int) -> None:
    fake = FakeServices(later=later)
    played = await play(fake)
    cases = {played.answers[step.key].body["case_id"] for step in named(STEPS, "found")}
    assert len(cases) == 10
    keys = [key.removeprefix("small/") for _, key in fake.done]
    assert Counter(keys) == Counter(step.key for step in STEPS if step.action is not FOUND)
    assert [*sheet_lines(STORY, played)] == [
        "survey sheet: 10 rows, 7 taken in, 3 with mistakes; sent again: 3 taken in, 7 known already"
    ]


async def test_playing_again_sends_the_same_files_and_finds_the_same_cases() -> None:
    fake = FakeServices(later=1)
    first = await play(fake)
    done = list(fake.done)
    again = await play(fake)
    assert fake.done == done
    assert {key: answer.body for key, answer in again.answers.items()} == {
        key: answer.body for key, answer in first.answers.items()
    }
    assert all(answer.replayed for answer in again.answers.values())


def interrupting(times: int) -> FakeServices:
    """Whose imports stop in the middle the first few times."""
    stopped: list[str] = []

    def stop(request: httpx.Request) -> httpx.Response | None:
        if request.url.path.startswith("/imports/") and len(stopped) < times:
            stopped.append(request.url.path)
            return httpx.Response(200, json={"state": "failed", "code": "interrupted", "done": 2, "total": 10})
        return None

    return FakeServices(before=stop)


async def test_an_interrupted_sheet_is_sent_again_under_a_key_of_its_own() -> None:
    fake = interrupting(2)
    await play(fake)
    sheets = [key for path, key in fake.done if path == "/needs/import"]
    assert sheets == ["small/month/sheet", "small/month/sheet~1", "small/month/sheet~2", "small/month/sheet-again"]


async def test_a_sheet_that_is_interrupted_over_and_over_ends_the_story() -> None:
    with pytest.raises(StoryError, match="small/month/sheet: the sheet could not be gone through: interrupted"):
        await play(interrupting(100))


async def test_a_row_that_is_refused_for_good_ends_the_story() -> None:
    def refuse(request: httpx.Request) -> httpx.Response | None:
        if not request.url.path.startswith("/imports/"):
            return None
        rows = [{"row": row, "result": "refused", "column": "kind", "code": "invalid"} for row in range(2, 12)]
        return httpx.Response(200, json={"state": "done", "accepted": 0, "matched": 0, "refused": 10, "rows": rows})

    with pytest.raises(StoryError, match="row 2 of the sheet was refused: kind invalid"):
        await play(FakeServices(before=refuse))


@pytest.mark.parametrize("status", [200, 404])
async def test_sheets_are_left_as_sent_and_as_answered_also_when_intake_keeps_them_no_more(tmp_path: Path, status: int) -> None:
    def answer(request: httpx.Request) -> httpx.Response | None:
        if request.url.path.endswith(".xlsx"):
            return httpx.Response(status, content=b"marked")
        return None

    fake: Any = FakeServices(before=answer)
    played = await play(fake)
    (tmp_path / "month-sheet-answer.xlsx").write_bytes(b"as it was")
    async with fake.client() as client:
        paths = await file_reports(STORY, played, Services(client, STACK), {}, tmp_path)
    found = {path.name: path.read_bytes() for path in paths}
    answered = {"month-sheet-answer.xlsx": b"marked", "month-sheet-again-answer.xlsx": b"marked"}
    kept = {"month-sheet-answer.xlsx": b"as it was"}
    sent = {f"{name}.xlsx": played.answers[f"month/{name.removeprefix('month-')}"].content for name in SENT}
    assert found == sent | (answered if status == 200 else kept)
    assert all(content.startswith(b"PK") for content in sent.values())

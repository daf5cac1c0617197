"""How steps are sent: in order, once, to whom it concerns, again when somebody was away."""

from collections import Counter
from datetime import date
from typing import Any

import httpx
import pytest

from deploy.local.player import StoryError, plan
from deploy.local.player.calling import Services
from deploy.local.player.performing import Performance
from deploy.local.player.steps import Step
from tests.stories.fake_services import STACK, FakeServices, problem
from tests.stories.given import draw, small, unit
from tests.stories.test_plan import ELIGIBLE, HELP, acts, case
from tests.support.hurry import hurried

DECLINED = case(key="declined", then=acts(ELIGIBLE, {"do": "decline", "reason": "ไม่ใช่"}, ELIGIBLE, HELP))
CORRECTED = case(key="corrected", then=acts(ELIGIBLE, HELP, {"do": "correct", "service_date": date(2023, 6, 6), "reason": "ผิด"}))
STEPS = plan(
    small(
        units=[unit()],
        draws=[draw(each=5, eligible=6, helped=3, accepted=2, closed=1)],
        unit_help=[{"unit": "unit", "first_day": date(2023, 6, 1), "last_day": date(2023, 6, 30), "each_month": 2}],
        cases=[DECLINED, CORRECTED],
    )
)


async def play(fake: FakeServices, steps: list[Step] = STEPS) -> Performance:
    async with fake.client() as client:
        played = Performance(story="small", province="21", services=Services(client, STACK))
        await played.perform(steps, lambda step: None)
    return played


def keys(fake: FakeServices) -> list[str]:
    return [key.removeprefix("small/") for _, key in fake.done]


@pytest.mark.parametrize("later", [0, 1, 3])
def test_every_step_is_done_once_and_after_what_it_needs(later: int) -> None:
    fake = FakeServices(later=later)
    hurried(play(fake))
    order = {key: number for number, key in enumerate(keys(fake))}
    assert Counter(keys(fake)) == Counter(step.key for step in STEPS)
    for step in STEPS:
        assert all(order[needed] < order[step.key] for needed in step.needs)


async def test_playing_again_does_nothing_new_and_finds_the_same_answers() -> None:
    fake = FakeServices(later=1)
    first = await play(fake)
    done = list(fake.done)
    again = await play(fake)
    assert fake.done == done
    assert all(answer.replayed for answer in again.answers.values())
    assert {key: answer.body for key, answer in again.answers.items()} == {
        key: answer.body for key, answer in first.answers.items()
    }


async def test_an_interrupted_story_is_gone_on_with() -> None:
    fake = FakeServices()
    await play(fake, STEPS[: len(STEPS) // 2])
    await play(fake)
    assert Counter(keys(fake)) == Counter(step.key for step in STEPS)


async def test_every_request_carries_its_own_time() -> None:
    fake = FakeServices()
    await play(fake)
    at = {request.headers["idempotency-key"]: request.headers["songtor-now"] for request in fake.seen}
    assert at == {f"small/{step.key}": step.at.isoformat() for step in STEPS}


async def test_help_of_the_second_round_is_on_the_second_referral() -> None:
    fake = FakeServices(later=1)
    await play(fake)
    declined, helped = (
        next(path for path, key in fake.done if key == f"small/case/declined/{act}") for act in ("1-decline", "3-help")
    )
    assert declined.split("/")[2] != helped.split("/")[2]


async def test_everybody_acts_under_their_own_name() -> None:
    fake = FakeServices()
    await play(fake)
    by = {request.headers["idempotency-key"]: request.headers["authorization"] for request in fake.seen}
    assert by["small/volunteer/210101"] == "Bearer office-21"
    assert by["small/case/declined"].startswith("Bearer volunteer-id-")
    assert by["small/case/declined/1-decline"] == "Bearer DOE-21"
    assert by["small/unit-help/unit/2023-06/000"].startswith("Bearer unit-id-")


async def test_the_first_need_of_a_volunteer_waits_for_the_appointment() -> None:
    fake = FakeServices()
    await play(fake, STEPS)
    needs = [request for request in fake.seen if request.url.path == "/needs"]
    assert "songtor-after" in needs[0].headers


class Away:
    """Answers what it is told, or nothing at all, to the first request of every POST."""

    def __init__(self, answer: httpx.Response | None) -> None:
        self._answer = answer
        self._met: set[str] = set()

    def __call__(self, request: httpx.Request) -> httpx.Response | None:
        key = request.headers.get("idempotency-key")
        if key is None or key in self._met:
            return None
        self._met.add(key)
        if self._answer is None:
            raise httpx.ConnectError("away")
        return self._answer


@pytest.mark.parametrize("answer", [None, problem(503, "database_unavailable"), problem(429, "too_many_requests")])
def test_a_service_that_is_away_for_a_moment_is_asked_again_with_the_same_key(answer: httpx.Response | None) -> None:
    fake = FakeServices(before=Away(answer))
    hurried(play(fake))
    assert Counter(keys(fake)) == Counter(step.key for step in STEPS)


def test_cases_that_screening_did_not_know_yet_are_decided_by_a_second_request() -> None:
    refused: list[str] = []

    def unknown_at_first(request: httpx.Request) -> httpx.Response | None:
        if request.url.path != "/decisions" or refused:
            return None
        refused.append(request.headers["idempotency-key"])
        cases = [item["case_id"] for item in httpx.Response(200, content=request.content).json()["items"]]
        return httpx.Response(200, json={"items": [{"case_id": one, "result": "refused", "code": "not_found"} for one in cases]})

    fake = FakeServices(before=unknown_at_first)
    hurried(play(fake))
    assert f"{refused[0]}~1" in [key for _, key in fake.done]


def refuses(path: str, answer: httpx.Response) -> FakeServices:
    return FakeServices(before=lambda request: answer if request.url.path.endswith(path) else None)


@pytest.mark.parametrize(
    ("path", "answer", "said"),
    [
        ("/needs", problem(422, "invalid", errors=[{"pointer": "/kind", "code": "invalid"}]), r"/kind invalid"),
        ("/accept", problem(409, "wrong_state"), r"small/month/\d+/accept: .* 409 wrong_state"),
        ("/volunteers", httpx.Response(500, text="oops"), r"small/volunteer/2101\d\d: .* answers 500"),
        ("/dev/tokens", problem(404, "not_found"), r"/dev/tokens: registry answers 404"),
    ],
)
async def test_a_refusal_ends_the_story_with_the_step_and_the_codes(path: str, answer: httpx.Response, said: str) -> None:
    with pytest.raises(StoryError, match=said):
        await play(refuses(path, answer))


async def test_a_decision_refused_for_good_ends_the_story() -> None:
    def wrong(request: httpx.Request) -> httpx.Response | None:
        if request.url.path != "/decisions":
            return None
        cases: list[dict[str, Any]] = httpx.Response(200, content=request.content).json()["items"]
        items = [{"case_id": one["case_id"], "result": "refused", "code": "wrong_state"} for one in cases]
        return httpx.Response(200, json={"items": items})

    with pytest.raises(StoryError, match="screening refuses with wrong_state"):
        await play(FakeServices(before=wrong))

"""The stories played into a running stack: the figures that reporting gives in the end are those that the story comes to."""

import json
from pathlib import Path
from typing import Any

import pytest

from deploy.local.player import Report, load, plan, play
from deploy.local.player.calling import Services, new_client
from deploy.local.player.expected import Funnel
from deploy.local.player.performing import Performance
from deploy.local.stack_file import as_json
from shared.buddhist_calendar import Month, sp12_period
from tests.stories.given import STORIES
from tests.support.local_stack import LocalStack


async def played(stack: LocalStack, name: str) -> Report:
    return await play(STORIES / f"{name}.toml", as_json(stack.file))


def forms(report: Report) -> dict[str, Any]:
    """What was written down, by name, without the moment at which it was asked."""
    found = {path.stem: json.loads(path.read_bytes()) for path in report.files}
    return {name: {field: value for field, value in form.items() if field != "as_of"} for name, form in found.items()}


async def test_the_short_story_comes_to_its_figures_and_playing_it_again_changes_nothing(stack: LocalStack) -> None:
    first = await played(stack, "short")
    assert first.funnel == Funnel(volunteers=10, reported=60, screened=60, eligible=18, referred=18, helped=5)
    assert "10 → 60 → 18 → 5" in str(first)
    assert "10 × 600 = 6,000 baht/month" in str(first)
    # Five by referral, four by the unit itself; the tip-off named nobody.
    assert first.assistances == 9
    again = await played(stack, "short")
    assert again.fresh == 0
    assert (again.funnel, again.allowances, again.assistances) == (first.funnel, first.allowances, first.assistances)
    assert forms(again) == forms(first)


def elsewhere(directory: Path) -> Path:
    """The short story under another name, with other people in another province."""
    text = (STORIES / "short.toml").read_text()
    for mine, others in (('province = "27"', 'province = "25"'), ('"9727"', '"9725"'), ('"270101"', '"250101"')):
        assert mine in text
        text = text.replace(mine, others)
    path = directory / "elsewhere.toml"
    path.write_text(text)
    return path


async def test_a_story_that_was_interrupted_is_gone_on_with_and_nothing_is_played_twice(
    stack: LocalStack, tmp_path: Path
) -> None:
    path = elsewhere(tmp_path)
    story = load(path)
    steps = plan(story)
    async with new_client() as client:
        services = Services(client, as_json(stack.file))
        interrupted = Performance(story=story.name, province=story.province, services=services)
        await interrupted.perform(steps[: len(steps) // 2], lambda step: None)
    report = await play(path, as_json(stack.file))
    assert report.fresh == len(steps) - len(steps) // 2
    assert report.funnel == Funnel(volunteers=10, reported=60, screened=60, eligible=18, referred=18, helped=5)


@pytest.mark.slow
@pytest.mark.timeout(900)
async def test_chonburis_year_comes_to_92_2760_828_and_248(stack: LocalStack) -> None:
    report = await played(stack, "chonburi-2555")
    assert report.funnel == Funnel(volunteers=92, reported=2760, screened=2760, eligible=828, referred=828, helped=248)
    assert "92 → 2,760 → 828 → 248" in str(report)
    assert "92 × 600 = 55,200 baht/month" in str(report)
    funnel = forms(report)["funnel-2555"]
    assert [funnel[f"target_{what}"] for what in ("reported", "referred", "helped")] == [2760, 828, 248]


@pytest.mark.slow
@pytest.mark.timeout(900)
async def test_chachoengsaos_forms_hold_each_help_in_its_own_month_and_no_void_one(stack: LocalStack) -> None:
    report = await played(stack, "chachoengsao-2564")
    found = forms(report)
    assert report.as_planned
    assert "93 × 600 = 55,800 baht/month" in str(report)
    for month in (Month(2021, number) for number in range(5, 10)):
        for unit in ("khlong-niyom", "wari-samankhun"):
            first, last = map(str, sp12_period(month))
            days = [row["service_date"] for row in found[f"sp12-{unit}-{month}"]["rows"]]
            assert min(days) >= first
            assert max(days) == last
        days = [row["service_date"] for row in found[f"snb2-24-{month}"]["rows"]]
        assert {day[:7] for day in days} == {str(month)}
        assert max(days) == str(month.last_day)
    corrected = next(
        row for row in found["sp12-khlong-niyom-2021-06"]["rows"] if row["recorded_at"].startswith("2021-06-26T02:20")
    )
    assert (corrected["service_date"], corrected["assistance_type"]) == ("2021-06-25", "develop")
    voided = [row for row in found["snb2-24-2021-07"]["rows"] if row["recorded_at"].startswith("2021-07-26T02:20")]
    assert voided == []

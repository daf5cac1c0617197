"""The informal-worker database through the whole stack: loaded before a story is played, ticked in the forms that come of it."""

from pathlib import Path

from deploy.local.player import plan
from deploy.local.player.listed import listed
from deploy.local.player.story import load
from tests.stories.given import named
from tests.support.api_client import Api
from tests.support.local_stack import LocalStack

STORY = """
title = "Nakhon Phanom, June 2023"
province = "48"
fiscal_year = 2566
seed = 4
office = "9748"
volunteers = { count = 1, appointed_on = 2023-05-29, order_no = "นพ ๑" }
screening = { every_days = 7 }
kinds = { job_domestic = 1 }
roster = { edition = "2563-48", share = 0.5 }
units = [{ key = "unit", name = "หน่วยบริการชุมชน", area_code = "480101", village_no = 1, opened_on = 2023-06-01 }]
unit_help = [{ unit = "unit", first_day = 2023-06-01, last_day = 2023-06-20, each_month = 12 }]
"""


def test_a_storys_people_are_ticked_in_one_column_or_the_other(stack: LocalStack, api: Api, tmp_path: Path) -> None:
    path = tmp_path / "nakhon-phanom.toml"
    path.write_text(STORY)
    story = load(path)
    steps = plan(story)
    stack.command("play", str(path))
    form = api.shown("reporting", "/reports/snb2", {"province": "48", "month": "2023-06"})
    numbers = {step.body["citizen"]["citizen_id"] for step in named(steps, "unit_help")}
    rows = [row for row in form["rows"] if row["citizen_id"] in numbers]
    assert len(rows) == 12
    assert {row["citizen_id"] for row in rows if row["in_database"]} == set(listed(story, steps))
    assert {row["in_database"] for row in rows} == {True, False}
    said = stack.command("play", str(path))
    assert "in use already" in said

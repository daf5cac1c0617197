"""Needs that come in as one survey sheet: sent by the office on one day, with mistakes, and sent again when these are put right.
Pure; how the sheet is written is in `survey_sheet.py`."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from random import Random

from deploy.local.player.following import Need
from deploy.local.player.steps import FOUND, IMPORT, OFFICE, Ref, Row, Step, moment
from deploy.local.player.story import Draw, Story, StoryError
from deploy.local.player.survey_sheet import FIRST_ROW, MISTAKES

_SENT, _SENT_AGAIN = 9 * 60, 14 * 60
"""Minutes of the sheet's day."""


def sheet_key(draw: Draw) -> str:
    """Of the step that sends the sheet; that which sends it again is called after it."""
    return f"{draw.name}/sheet"


def again_key(draw: Draw) -> str:
    return f"{draw.name}/sheet-again"


def sheets_of(story: Story) -> Iterator[str]:
    """The keys of all steps of a story that send one, in order."""
    for draw in story.draws:
        if draw.sheet is not None:
            yield sheet_key(draw)
            if draw.mistakes:
                yield again_key(draw)


def on_sheet(draw: Draw, row: int, need: Need) -> Need:
    """The need as it stands in the `row`-th row (from 0): with its own day and the number of its volunteer's card, and known from
    the answer to the sheet."""
    assert draw.sheet is not None
    volunteer: Ref = need.step.body["volunteer_id"]
    found = Step(
        key=need.key,
        at=moment(draw.sheet, _SENT_AGAIN),
        action=FOUND,
        by=OFFICE,
        body={
            **need.step.body,
            "volunteer_id": Ref(volunteer.step, "card_no"),
            "reported_at": need.at.date().isoformat(),
        },
        target=Row(again_key(draw) if draw.mistakes else sheet_key(draw), FIRST_ROW + row),
    )
    return replace(need, step=found)


def sheet_steps(story: Story, draw: Draw, needs: Sequence[Need]) -> Iterator[Step]:
    """Once, and when there are mistakes in it once more. Raises StoryError for more mistakes than rows."""
    assert draw.sheet is not None
    if draw.mistakes > len(needs):
        raise StoryError(f"{draw.name}: {draw.mistakes} mistakes in {len(needs)} rows")
    rng = Random(f"{story.seed}/{draw.name}/sheet")
    wrong = sorted(rng.sample(range(len(needs)), draw.mistakes))
    mistakes = {str(row): MISTAKES[number % len(MISTAKES)] for number, row in enumerate(wrong)}
    body = {"rows": [need.step.body for need in needs], "seed": f"{story.seed}/{draw.name}"}
    first = Step(key=sheet_key(draw), at=moment(draw.sheet, _SENT), action=IMPORT, by=OFFICE, body={**body, "mistakes": mistakes})
    yield first
    if mistakes:
        at = moment(draw.sheet, _SENT_AGAIN)
        yield Step(key=again_key(draw), at=at, action=IMPORT, by=OFFICE, body={**body, "mistakes": {}}, after=(first.key,))

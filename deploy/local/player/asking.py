"""What a story came to, as the services tell it: waits until reporting has taken everything in and asks for the figures. The
files are in `filing.py`."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from deploy.local.player.calling import PATIENCE, Json, Services
from deploy.local.player.complete import MonthOfForms, completeness, table
from deploy.local.player.expected import Funnel, expected
from deploy.local.player.filing import file_reports
from deploy.local.player.outcome import network_lines, sheet_lines
from deploy.local.player.performing import Performance
from deploy.local.player.steps import HELP, ON_FORMS, Step, moment
from deploy.local.player.story import Story
from shared.buddhist_calendar import fiscal_year_bounds

_LOOK_EVERY = 0.2


@dataclass(frozen=True, slots=True)
class Allowance:
    """Of the story's province in one month."""

    month: str
    volunteers: int
    amount_baht: int


@dataclass(frozen=True, slots=True)
class Report:
    """`funnel`: what reporting says; `planned`: what the steps come to. `sheets`, `network`: a line each of what came of survey
    sheets and of the network around the volunteers. `fresh`: steps that had not been played before."""

    story: str
    title: str
    funnel: Funnel
    planned: Funnel
    allowances: tuple[Allowance, ...]
    assistances: int
    persons: int
    complete: tuple[MonthOfForms, ...]
    sheets: tuple[str, ...]
    network: tuple[str, ...]
    files: tuple[Path, ...]
    steps: int
    fresh: int
    seconds: float

    @property
    def as_planned(self) -> bool:
        return self.funnel == self.planned

    def __str__(self) -> str:
        funnel = self.funnel
        lines = [
            f"{self.title}: {self.steps} steps in {self.seconds:.0f} s" + ("" if self.fresh else ", all of them played before"),
            *(f"  {line}" for line in self.sheets),
            f"  volunteers → reported → eligible → helped   {_arrows(funnel)}",
            f"  referred {funnel.referred:,}, help given {self.assistances:,} times to {self.persons:,} people",
        ]
        for paid in self.allowances:
            each = paid.amount_baht // paid.volunteers if paid.volunteers else 0
            lines.append(f"  allowances of {paid.month}: {paid.volunteers} × {each} = {paid.amount_baht:,} baht/month")
        lines += [f"  {line}" for line in (*self.network, *table(self.complete))]
        if self.files:
            lines.append(f"  {len(self.files)} files in {self.files[0].parent}")
        if not self.as_planned:
            lines.append(f"  ✗ the story comes to {_arrows(self.planned)}, referred {self.planned.referred:,}")
        return "\n".join(lines)


async def report(
    story: Story, steps: Sequence[Step], played: Performance, services: Services, *, directory: Path | None, begun: float
) -> Report:
    """`begun`: when the playing began, by the monotonic clock. `directory`: where the reports are written, if anywhere."""
    planned = expected(steps)
    funnel = await _settled(story, steps, played, services, planned)
    asked = _Asked(story, played, services)
    allowances = [await asked.allowance(month) for month in story.reports.allowances]
    totals, row = await asked.of_year("/totals"), await asked.of_year("/funnel")
    figures = {f"funnel-{story.fiscal_year}": row, f"totals-{story.fiscal_year}": totals, **await asked.network()}
    return Report(
        story=story.name,
        title=story.title,
        funnel=funnel,
        planned=planned,
        allowances=tuple(allowances),
        assistances=totals["assistances"],
        persons=totals["persons"],
        complete=await completeness(story, services, played.office),
        sheets=tuple(sheet_lines(story, played)),
        network=tuple(await network_lines(story, played, services)),
        files=() if directory is None else await file_reports(story, played, services, figures, directory / story.name),
        steps=len(steps),
        fresh=sum(step.action.write and not played.answers[step.key].replayed for step in steps),
        seconds=time.monotonic() - begun,
    )


async def _settled(story: Story, steps: Sequence[Step], played: Performance, services: Services, planned: Funnel) -> Funnel:
    """The funnel when it says what was planned and reporting is at the end of everything; or as it is after a minute."""
    # What the funnel does not show.
    changes = [step.key for step in steps if step.action in ON_FORMS - {HELP} and not played.answers[step.key].replayed]
    await played.taken_in("reporting", changes)
    asked, end = _Asked(story, played, services), time.monotonic() + PATIENCE
    while True:
        funnel = await asked.funnel()
        if funnel == planned and await asked.caught_up():
            return funnel
        if time.monotonic() > end:
            return funnel
        await asyncio.sleep(_LOOK_EVERY)


class _Asked:
    """Questions about a story's province and year."""

    def __init__(self, story: Story, played: Performance, services: Services) -> None:
        self._story = story
        self._played = played
        self._services = services

    async def funnel(self) -> Funnel:
        row = await self.of_year("/funnel")
        return Funnel(**{name: row[name] for name in Funnel.__dataclass_fields__})

    async def of_year(self, path: str) -> Json:
        """The row of the story's province."""
        params = {"fiscal_year": str(self._story.fiscal_year), "province": self._story.province}
        row: Json = (await self._get("reporting", path, params))["by_province"][0]
        return row

    async def network(self) -> dict[str, Json]:
        """By the name of a file: the year's figures, and where mobile service units are wanted when it ends."""
        if not self._story.reports.network:
            return {}
        year, province = str(self._story.fiscal_year), {"province": self._story.province}
        first, last = fiscal_year_bounds(self._story.fiscal_year)
        since = {"from": first.isoformat(), "limit": "200"}
        figures = await self._get("reporting", "/network", {**province, "fiscal_year": year})
        wanted = await self._services.get(
            "reporting", "/mobile-units/suggestions", {**province, **since}, caller=self._played.office, at=moment(last, 0)
        )
        return {f"network-{year}": figures, f"mobile-units-wanted-{last}": wanted}

    async def caught_up(self) -> bool:
        return bool((await self._get("reporting", "/position", {}))["caught_up"])

    async def allowance(self, month: str) -> Allowance:
        found = await self._get("registry", "/allowances", {"month": month})
        for row in found["items"]:
            if row["province"] == self._story.province:
                return Allowance(month, row["volunteers"], row["amount_baht"])
        return Allowance(month, 0, 0)

    async def _get(self, service: str, path: str, params: dict[str, str]) -> Json:
        return await self._services.get(service, path, params, caller=self._played.office)


def _arrows(funnel: Funnel) -> str:
    return " → ".join(f"{count:,}" for count in (funnel.volunteers, funnel.reported, funnel.eligible, funnel.helped))

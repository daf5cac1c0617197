"""What a story came to, as the services tell it: waits until reporting has taken everything in, asks for the figures and the
forms, and writes them down."""

import asyncio
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from deploy.local.player.calling import PATIENCE, Json, Services
from deploy.local.player.expected import Funnel, expected
from deploy.local.player.performing import Performance
from deploy.local.player.steps import CORRECT, UNIT_HELP, VOID, Step
from deploy.local.player.story import Story

_LOOK_EVERY = 0.2


@dataclass(frozen=True, slots=True)
class Allowance:
    """Of the story's province in one month."""

    month: str
    volunteers: int
    amount_baht: int


@dataclass(frozen=True, slots=True)
class Report:
    """`funnel`: what reporting says; `planned`: what the steps come to. `fresh`: steps that had not been played before."""

    story: str
    title: str
    funnel: Funnel
    planned: Funnel
    allowances: tuple[Allowance, ...]
    assistances: int
    persons: int
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
            f"  volunteers → reported → eligible → helped   {_arrows(funnel)}",
            f"  referred {funnel.referred:,}, help given {self.assistances:,} times to {self.persons:,} people",
        ]
        for paid in self.allowances:
            each = paid.amount_baht // paid.volunteers if paid.volunteers else 0
            lines.append(f"  allowances of {paid.month}: {paid.volunteers} × {each} = {paid.amount_baht:,} baht/month")
        if self.files:
            lines.append(f"  {len(self.files)} reports in {self.files[0].parent}")
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
    found = {f"funnel-{story.fiscal_year}": row, f"totals-{story.fiscal_year}": totals, **await asked.forms()}
    return Report(
        story=story.name,
        title=story.title,
        funnel=funnel,
        planned=planned,
        allowances=tuple(allowances),
        assistances=totals["assistances"],
        persons=totals["persons"],
        files=_write(directory / story.name, found) if directory is not None else (),
        steps=len(steps),
        fresh=sum(not answer.replayed for answer in played.answers.values()),
        seconds=time.monotonic() - begun,
    )


async def _settled(story: Story, steps: Sequence[Step], played: Performance, services: Services, planned: Funnel) -> Funnel:
    """The funnel when it says what was planned and reporting is at the end of everything; or as it is after a minute."""
    for step in steps:
        answer = played.answers[step.key]
        if step.action in (UNIT_HELP, CORRECT, VOID) and not answer.replayed:  # what the funnel does not show
            await services.get("reporting", "/position", {}, caller=played.office, after=answer.position)
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

    async def caught_up(self) -> bool:
        return bool((await self._get("reporting", "/position", {}))["caught_up"])

    async def allowance(self, month: str) -> Allowance:
        found = await self._get("registry", "/allowances", {"month": month})
        for row in found["items"]:
            if row["province"] == self._story.province:
                return Allowance(month, row["volunteers"], row["amount_baht"])
        return Allowance(month, 0, 0)

    async def forms(self) -> dict[str, Json]:
        """By the name of the file."""
        found = {}
        for month in self._story.reports.sp12:
            for unit in self._story.units:
                unit_id = self._played.answers[f"unit/{unit.key}"].body["unit_id"]
                found[f"sp12-{unit.key}-{month}"] = await self._form("sp12", {"unit_id": unit_id, "month": month})
        for month in self._story.reports.snb2:
            province = self._story.province
            found[f"snb2-{province}-{month}"] = await self._form("snb2", {"province": province, "month": month})
        return found

    async def _form(self, form: str, params: dict[str, str]) -> Json:
        return await self._get("reporting", f"/reports/{form}.json", params)

    async def _get(self, service: str, path: str, params: dict[str, str]) -> Json:
        return await self._services.get(service, path, params, caller=self._played.office)


def _write(directory: Path, found: dict[str, Json]) -> tuple[Path, ...]:
    """The forms hold names: only their owner reads them."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    paths = []
    for name, body in found.items():
        path = directory / f"{name}.json"
        path.write_text(json.dumps(body, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        paths.append(path)
    return tuple(paths)


def _arrows(funnel: Funnel) -> str:
    return " → ".join(f"{count:,}" for count in (funnel.volunteers, funnel.reported, funnel.eligible, funnel.helped))

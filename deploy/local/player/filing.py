"""The files that a story leaves: every submission of its forms on paper, and what else it asks for. Survey sheets and cards are
in `papers.py`."""

import asyncio
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from deploy.local.player.calling import Json, Services
from deploy.local.player.papers import papers
from deploy.local.player.performing import Performance
from deploy.local.player.story import Story
from deploy.local.player.submitting import forms, submission_key
from deploy.local.say import step
from shared.events.codes import ReportForm

FORMATS = ("pdf", "xlsx", "json")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A report, and how its file is called without the suffix."""

    name: str
    service: str
    path: str
    params: Mapping[str, str]
    formats: tuple[str, ...] = FORMATS

    @property
    def files(self) -> Iterator[tuple[str, str]]:
        """Of each the name and the path at the service."""
        for suffix in self.formats:
            yield f"{self.name}.{suffix}", f"{self.path}.{suffix}"


def _report(name: str, report: str, params: Mapping[str, str], formats: tuple[str, ...] = FORMATS) -> Wanted:
    return Wanted(name, "reporting", f"/reports/{report}", params, formats)


async def file_reports(
    story: Story, played: Performance, services: Services, figures: Mapping[str, Json], directory: Path
) -> tuple[Path, ...]:
    """Writes them into `directory`, where they hold names: only its owner reads it. `figures`: what was asked already, by name.
    Raises StoryError when reporting does not give one."""
    wanted = [*_submitted(story, played), *_progress(story), *_live(story, played), *_pay_lists(story)]
    found = {f"{name}.json": _text(figure) for name, figure in figures.items()}
    found |= await papers(story, played, services, directory)
    if wanted:
        with step(f"{len(wanted)} reports as files"):
            found |= await _fetched(wanted, played, services)
    return _write(directory, found)


async def _fetched(wanted: Sequence[Wanted], played: Performance, services: Services) -> dict[str, bytes]:
    async def fetch(service: str, path: str, params: Mapping[str, str]) -> bytes:
        return await services.file(service, path, params, caller=played.office)

    files = {name: fetch(one.service, path, one.params) for one in wanted for name, path in one.files}
    return dict(zip(files, await asyncio.gather(*files.values()), strict=True))


def _submitted(story: Story, played: Performance) -> Iterator[Wanted]:
    """Each form as it was first submitted, and each revision beside it."""
    for form in forms(story):
        number = 1
        while (answer := played.answers.get(submission_key(form, number))) is not None:
            revision = int(answer.body["revision"])
            name = form.name if form.code is ReportForm.SP12 else f"{form.code}-{story.province}-{form.month}"
            yield _report(
                name if revision == 1 else f"{name}-r{revision}",
                form.code,
                {**_place(story, played, form.unit), "month": form.month, "view": "submitted", "revision": str(revision)},
            )
            number += 1


def _progress(story: Story) -> Iterator[Wanted]:
    """What is sent beside the forms and is not submitted through the system."""
    for report, months in (("snb1", story.reports.snb1), ("doe-tipoffs", story.reports.doe_tipoffs)):
        for month in months:
            yield _report(f"{report}-{story.province}-{month}", report, {"province": story.province, "month": month})


def _live(story: Story, played: Performance) -> Iterator[Wanted]:
    """Forms as they stand now, not submitted."""
    for month in story.reports.sp12:
        for unit in story.units:
            yield _report(f"sp12-{unit.key}-{month}-live", "sp12", {**_place(story, played, unit.key), "month": month}, ("json",))
    for month in story.reports.snb2:
        params = {**_place(story, played, None), "month": month}
        yield _report(f"snb2-{story.province}-{month}-live", "snb2", params, ("json",))


def _pay_lists(story: Story) -> Iterator[Wanted]:
    """Who is paid an allowance, by name."""
    for month in story.reports.pay_lists:
        params = {"month": month, "province": story.province}
        yield Wanted(f"pay-list-{story.province}-{month}", "registry", "/allowances", params)


def _place(story: Story, played: Performance, unit: str | None) -> dict[str, str]:
    if unit is None:
        return {"province": story.province}
    return {"unit_id": str(played.answers[f"unit/{unit}"].body["unit_id"])}


def _text(figure: Json) -> bytes:
    return (json.dumps(figure, ensure_ascii=False, indent=1) + "\n").encode()


def _write(directory: Path, files: Mapping[str, bytes]) -> tuple[Path, ...]:
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    paths = tuple(directory / name for name in files)
    for path, content in zip(paths, files.values(), strict=True):
        path.write_bytes(content)
    return paths

"""The two official forms over HTTP: shown in every view and format, submitted, and what each submission changed."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Response

from services.reporting import form_views, person_views
from services.reporting.answers.forms import FormShown, Revisions
from services.reporting.api.reading import as_json, known_soon, projected, show_all
from services.reporting.bodies import SubmitSnb2Body, SubmitSp12Body, SubmittedAnswer
from services.reporting.files.official import answer_form
from services.reporting.forms import Form, Snb2, Sp12, Unit, report_id
from services.reporting.person_views import Corrections
from services.reporting.projection import NAME
from services.reporting.questions import (
    DueDaysParam,
    MonthParam,
    ProvinceParam,
    Wanted,
    WantedParam,
    month_fault,
    must_reach_named,
)
from services.reporting.report import Opened, Shown, View, instant, report
from services.reporting.revisions import revisions
from services.reporting.submission import last_submission, moment_after, submit
from shared.access import Reach
from shared.buddhist_calendar import Month, bangkok_day
from shared.corrections import laid_over
from shared.errors import Fault, NotFoundError
from shared.files.answering import answering
from shared.files.formats import AS_REPORT, FormatParam
from shared.sealed import Sealed
from shared.store.alone import Alone
from shared.store.store import Connection
from shared.web import Change, Edge, ReadEdge, WriteEdge
from shared.web.openapi import takes
from shared.web.refusals import refuses


def router() -> APIRouter:
    routes = APIRouter()

    @routes.get("/reports/sp12.{suffix}", include_in_schema=False)
    @routes.get("/reports/sp12", response_model=FormShown, responses=AS_REPORT)
    @refuses(404, "not_found")
    @answering
    async def sp12(
        edge: ReadEdge, file: FormatParam, unit_id: UUID, month: MonthParam, wanted: WantedParam, days: DueDaysParam
    ) -> Response:
        """แบบ สป-๑๒ of a service unit and month."""
        form = await _sp12(edge, unit_id, month, days)
        return await answer_form(edge, file, form, await content_of(edge, form, wanted))

    @routes.get("/reports/snb2.{suffix}", include_in_schema=False)
    @routes.get("/reports/snb2", response_model=FormShown, responses=AS_REPORT)
    @answering
    async def snb2(
        edge: ReadEdge, file: FormatParam, province: ProvinceParam, month: MonthParam, wanted: WantedParam, days: DueDaysParam
    ) -> Response:
        """แบบ สนบ.๒ of a province and month."""
        form = Snb2(province, month, days)
        return await answer_form(edge, file, form, await content_of(edge, form, wanted))

    @routes.post("/reports/sp12/submit", status_code=201, response_model=SubmittedAnswer, openapi_extra=takes(SubmitSp12Body))
    @refuses(404, "not_found")
    @refuses(409, "period_open", "nothing_changed")
    async def submit_sp12(edge: WriteEdge, days: DueDaysParam) -> Response:
        """Freezes the form as it stands: the first time, or as the next revision."""

        async def also(raw: Any) -> list[Fault]:
            return [*month_fault(raw), *await _unit_faults(edge, raw)]

        body = await edge.body(SubmitSp12Body, also=also)
        return await _submit(edge, await _sp12(edge, body.unit_id, Month.parse(body.month), days))

    @routes.post("/reports/snb2/submit", status_code=201, response_model=SubmittedAnswer, openapi_extra=takes(SubmitSnb2Body))
    @refuses(404, "not_found")
    @refuses(409, "period_open", "nothing_changed")
    async def submit_snb2(edge: WriteEdge, days: DueDaysParam) -> Response:
        """Freezes the form as it stands: the first time, or as the next revision."""

        async def also(raw: Any) -> list[Fault]:
            must_reach_named(edge, raw)
            return month_fault(raw)

        body = await edge.body(SubmitSnb2Body, also=also)
        return await _submit(edge, Snb2(body.province, Month.parse(body.month), days))

    @routes.get("/reports/sp12/revisions", response_model=Revisions)
    @refuses(404, "not_found")
    async def sp12_revisions(edge: ReadEdge, unit_id: UUID, month: MonthParam, days: DueDaysParam) -> Response:
        """What each submission added, removed and changed."""
        return await _revisions(edge, await _sp12(edge, unit_id, month, days))

    @routes.get("/reports/snb2/revisions", response_model=Revisions)
    async def snb2_revisions(edge: ReadEdge, province: ProvinceParam, month: MonthParam, days: DueDaysParam) -> Response:
        """What each submission added, removed and changed."""
        return await _revisions(edge, Snb2(province, month, days))

    return routes


async def _sp12(edge: Edge, unit_id: UUID, month: Month, days: DueDaysParam) -> Sp12:
    """Raises NotFoundError for an unknown unit."""
    return Sp12(await _known_unit(edge, unit_id), month, days)


async def _known_unit(edge: Edge, unit_id: UUID) -> Unit:
    """Raises NotFoundError for an unknown unit, and as late for one that is not the caller's."""

    async def look(connection: Connection) -> Unit | None:
        unit = await form_views.unit(connection, unit_id)
        return unit if unit is not None and edge.reach.has(unit.province, unit_id=unit.id) else None

    return await known_soon(edge, look)


async def _unit_faults(edge: Edge, raw: dict[str, Any]) -> list[Fault]:
    """Raises NotFoundError for an unknown unit where the caller may not know whether it is somebody else's."""
    try:
        unit_id = UUID(str(raw.get("unit_id")))
    except ValueError:
        return []  # its shape is wrong, which is said already
    try:
        await _known_unit(edge, unit_id)
    except NotFoundError:
        if not edge.reach.everything:
            raise
        return [Fault("/unit_id", "unknown_unit", "there is no such service unit")]
    return []


async def content_of(edge: Edge, form: Form, wanted: Wanted) -> dict[str, Any]:
    """The form as JSON in the view that is wanted: what every format is made from."""
    shown, corrections = await projected(edge, _reading(form, wanted), reach=_behind(form))
    if shown is None:
        raise NotFoundError
    people = await _people(edge, form, shown, corrections)
    return report(form, shown, people, today=bangkok_day(wanted.at or edge.now.at))


def _behind(form: Form) -> Reach | None:
    """What is read for a form, for `Edge.reading`. A unit may have helped in the province next door, and its form is the same for
    everybody who may see the unit, which was found among the caller's own: so all of the unit, and nothing else."""
    return Reach(provinces=None, unit_id=form.unit_id) if isinstance(form, Sp12) else None


async def _people(edge: Edge, form: Form, shown: Shown, corrections: Corrections) -> Sequence[Opened] | None:
    """Of each line; None for a caller who may not see them: then nothing is opened."""
    if not edge.right.people.has(form.province, unit_id=form.unit_id):
        return None
    await edge.audited(details={**_called(form), "view": shown.view.value, "revision": shown.revision, "rows": len(shown.lines)})
    own = [Sealed.model_validate_json(line.person) for line in shown.lines]
    opened = await edge.vault.open_many([*own, *corrections.values()])
    over = dict(zip(corrections, opened[len(own) :], strict=True))
    return [laid_over(person, over.get(line.person_ref)) for line, person in zip(shown.lines, opened, strict=False)]


def _called(form: Form) -> dict[str, Any]:
    """For the audit trail."""
    unit = {} if form.unit_id is None else {"unit_id": str(form.unit_id)}
    return {"form": form.code.value, "period": str(form.month), "province": form.province, **unit}


def _reading(form: Form, wanted: Wanted) -> Callable[[Connection], Awaitable[tuple[Shown | None, Corrections]]]:
    """The form, and what was put right about its people until now, whenever the form is of: a wrong name helps nobody."""

    async def shown(connection: Connection) -> Shown | None:
        if wanted.view is View.SUBMITTED:
            return await form_views.submitted(connection, form, wanted.revision)
        if wanted.at is not None:
            return await form_views.as_of(connection, form, wanted.at)
        return await form_views.live(connection, form)

    async def read(connection: Connection) -> tuple[Shown | None, Corrections]:
        found = await shown(connection)
        people = {line.person_ref for line in found.lines} if found is not None else set()
        return found, await person_views.corrections(connection, people)

    return read


async def _submit(edge: Edge, form: Form) -> Response:
    async def decide(by_itself: Alone, now: datetime) -> Change:
        edge.must_reach(form.province, unit_id=form.unit_id)
        await show_all(by_itself.connection)
        await by_itself.shown(NAME)
        stream = await by_itself.load(report_id(form))
        last = last_submission(stream.events)
        at = moment_after(last, now)
        shown = await form_views.as_of(by_itself.connection, form, at)
        events = submit(form, last, shown.lines, at)
        return Change(stream, events, _answer(events[0].revision, events[0].hash, at, shown), status=201)

    await edge.projected(NAME)
    return await edge.write_alone(decide)


def _answer(revision: int, hash_: str, at: datetime, shown: Shown) -> dict[str, Any]:
    return {
        "revision": revision,
        "hash": hash_,
        "submitted_at": instant(at),
        "rows": len(shown.lines),
        "persons": shown.persons,
    }


async def _revisions(edge: Edge, form: Form) -> Response:
    found = await projected(edge, lambda connection: form_views.submissions(connection, form), reach=_behind(form))
    # Asked second: versions are only added, so that every row of a submission finds its own.
    versions = await projected(edge, lambda connection: form_views.versions(connection, form), reach=_behind(form))
    return as_json({"items": revisions(found, versions)})

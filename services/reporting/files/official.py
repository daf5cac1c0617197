"""The two official forms, สป-๑๒ and สนบ.๒, as answers: which paper, which name of the file."""

from functools import partial
from typing import Any
from uuid import UUID

from fastapi import Response

from services.reporting.files import snb2, sp12
from services.reporting.forms import Centre, Form, Sp12
from shared.files.answering import answer
from shared.files.formats import Format
from shared.files.making import PaperOf
from shared.web import Edge

HEADINGS = (
    "no", "name", "citizen_id", "assistance_type", "worker_type", "project_name", "in_database", "late",
    "assistance_id", "case_id", "service_date", "recorded_at",
)  # fmt: skip
"""Columns of the CSV: the fields of a row."""


async def answer_form(edge: Edge, wanted: Format, form: Form, content: dict[str, Any]) -> Response:
    """`content`: the report as JSON, in whichever view."""
    paper = paper_of(form, content)
    return await answer(edge, wanted, content, name=file_name(form, content), paper=paper, headings=HEADINGS)


def paper_of(form: Form, content: dict[str, Any]) -> PaperOf:
    made_by = sp12.paper if isinstance(form, Sp12) else snb2.paper
    named = content["centre"]
    centre = None if named is None else Centre(UUID(named["centre_id"]), named["name"])
    return partial(made_by, title=form.title(content["persons"], centre))


def file_name(form: Form, content: dict[str, Any]) -> str:
    """`sp12-<unit>-2021-05` or `snb2-24-2021-05`, and which revision if it is a submitted one."""
    place = content["unit_id"] or form.province
    revision = f"-r{content['revision']}" if content["view"] == "submitted" else ""
    return f"{form.code}-{place}-{form.month}{revision}"

"""The shape of one person's record."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from services.reporting.answers.figures import StoodOn
from services.reporting.answers.words import Province
from shared.events.codes import IdKind


class PersonNamed(BaseModel):
    """What was given about the person, and nothing else."""

    id_kind: IdKind | None = None
    citizen_id: str | None = None
    title: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    birth_year: int | None = None
    phone: str | None = None


class StoodOnReport(StoodOn):
    province: Province
    unit_id: UUID | None
    assistance_id: UUID


class EventTold(BaseModel):
    """`facts`: what the event says in clear (`docs/events.md`). `personal`: what is sealed in it, opened, by the name of its
    field; null where it does not open."""

    event_id: UUID
    type: str
    service: str
    stream_id: UUID
    at: datetime
    by: str
    topic: str
    facts: dict[str, Any]
    personal: dict[str, dict[str, Any] | None]


class PersonRecord(BaseModel):
    """`person`: as forms show them; null of somebody who is forgotten, and for who may not see people."""

    person_ref: UUID
    forgotten_at: datetime | None
    person: PersonNamed | None
    reports: list[StoodOnReport]
    events: list[EventTold]

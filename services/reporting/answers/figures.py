"""The shapes of the figures: totals, funnel, a volunteer's progress; of a help's lineage; and of how far reporting is."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel

from services.reporting.answers.words import Count, Period, Province
from shared.events.codes import AssistanceType, NeedKind, ReportForm, WorkerType


class Total(BaseModel):
    persons: Count
    assistances: Count
    by_assistance_type: dict[AssistanceType, Count]
    by_worker_type: dict[WorkerType, Count]
    in_database: Count
    not_in_database: Count


class ProvinceTotal(Total):
    province: Province


class Totals(BaseModel):
    """`period`: a month, or a fiscal year in the Buddhist era."""

    period: str
    by_province: list[ProvinceTotal]
    national: Total


class Measured(BaseModel):
    volunteers: Count
    target_reported: Count
    reported: Count
    screened: Count
    eligible: Count
    target_referred: Count
    referred: Count
    helped: Count
    target_helped: Count


class ProvinceMeasured(Measured):
    province: Province


class Funnel(BaseModel):
    fiscal_year: int
    by_province: list[ProvinceMeasured]
    national: Measured


class Progress(BaseModel):
    volunteer_id: UUID
    target: Count
    reported: Count
    by_kind: dict[NeedKind, Count]
    screened: Count
    referred: Count
    helped: Count


class EventTraced(BaseModel):
    """`partition` and `offset`: of what was heard over Kafka."""

    event_id: UUID
    type: str
    at: datetime
    by: str
    topic: str
    partition: int | None
    offset: int | None


class StoodOn(BaseModel):
    form: ReportForm
    period: Period
    revision: int


class Lineage(BaseModel):
    assistance_id: UUID
    events: list[EventTraced]
    reports: list[StoodOn]


class PartitionTaken(BaseModel):
    """`end_offset`: null while Kafka does not answer."""

    topic: str
    partition: Count
    offset: Count
    end_offset: Count | None


class Position(BaseModel):
    caught_up: bool
    lag_seconds: float
    partitions: list[PartitionTaken]

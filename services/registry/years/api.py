"""Volunteers through their years, over HTTP: terms that end, terms renewed by one order, the allowances of a month."""

from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import AfterValidator

from services.registry import views as figures
from services.registry.bodies import Allowance, Allowances
from services.registry.projection import NAME
from services.registry.rules import ALLOWANCE_BAHT
from services.registry.serving import by_name, is_named
from services.registry.years import pay_list, renewals, views
from services.registry.years.bodies import Expiring, Renewals, RenewalsBody
from services.registry.years.domain import FIRST, reminder
from shared.buddhist_calendar import Month, bangkok_day
from shared.fields import ProvinceCode
from shared.files.answering import answer, answering
from shared.files.formats import AS_REPORT, Format, FormatParam
from shared.files.written import written_name
from shared.web import Edge, PageParam, ReadEdge, WriteEdge
from shared.web.openapi import takes
from shared.web.pages import Listed
from shared.web.refusals import refuses


def _month(text: str) -> str:
    return str(Month.parse(text))


MonthQuery = Annotated[str, AfterValidator(_month), Query(description="YYYY-MM in the common era.")]
OneOrAll = Annotated[ProvinceCode | None, Query(description="2-digit code.")]
WithinDays = Annotated[int, Query(ge=1, le=366, description="From today on.")]


def router() -> APIRouter:
    routes = APIRouter()

    @routes.get("/volunteers/expiring")
    async def expiring(
        edge: ReadEdge, page: PageParam, province: OneOrAll = None, within_days: WithinDays = FIRST
    ) -> Listed[Expiring]:
        """Volunteers in service whose last term ends within so many days, the soonest first."""
        after, day = views.place_of(page.after), bangkok_day(edge.now.at)
        await edge.projected(NAME)
        async with edge.reading() as connection:
            rows = await views.expiring(
                connection, edge.reach, day=day, within_days=within_days, province=province, after=after, limit=page.fetch
            )
        shown = await by_name(edge, rows[: page.limit])
        if any(is_named(edge, row) for row in rows[: page.limit]):
            await edge.audited(details={"rows": len(shown), "province": province})

        def item(row: figures.VolunteerRow) -> Expiring:
            days = (row.term_ends_on - day).days
            return Expiring(**shown[row.volunteer_id].model_dump(), days_left=days, reminder=reminder(days))

        return Listed(**page.listed(rows, lambda row: [row.term_ends_on.isoformat(), str(row.volunteer_id)], item))

    @routes.post("/volunteers/renewals", response_model=Renewals, openapi_extra=takes(RenewalsBody))
    async def renew_many(edge: WriteEdge) -> Response:
        """Up to 1,000 terms; each is renewed or refused for itself."""
        return await renewals.renew_many(edge)

    @routes.get("/allowances.{suffix}", include_in_schema=False)
    @routes.get("/allowances", response_model=Allowances, responses=AS_REPORT)
    @refuses(404, "not_found")
    @answering
    async def allowances(edge: ReadEdge, wanted: FormatParam, month: MonthQuery, province: OneOrAll = None) -> Response:
        """What sub-district volunteers in service on any day of the month get, by province, and the sum of what is listed. As a
        file of one province, to those who see names: its pay list."""
        if province is not None:
            edge.must_reach(province)
        if wanted is not Format.JSON and province is not None and edge.right.people.has(province):
            return await _pay_list(edge, wanted, Month.parse(month), province)
        return await _sums(edge, wanted, Month.parse(month), province)

    return routes


async def _sums(edge: Edge, wanted: Format, month: Month, province: str | None) -> Response:
    await edge.projected(NAME)
    async with edge.reading() as connection:
        paid = await figures.paid(connection, edge.reach, month)
    items = [
        Allowance(province=row.province, volunteers=row.volunteers, amount_baht=row.volunteers * ALLOWANCE_BAHT)
        for row in paid
        if province in (None, row.province)
    ]
    told = Allowances(month=str(month), items=items, total_baht=sum(item.amount_baht for item in items))
    content = told.model_dump(mode="json")
    if wanted is not Format.JSON:
        content |= {"rows": pay_list.sum_rows(content["items"]), "volunteers": sum(item.volunteers for item in items)}
    name = f"allowances-{province or 'all'}-{month}"
    return await answer(edge, wanted, content, name=name, paper=pay_list.sums_paper, headings=pay_list.SUMS)


async def _pay_list(edge: Edge, wanted: Format, month: Month, province: str) -> Response:
    await edge.projected(NAME)
    async with edge.reading() as connection:
        payees = await views.payees(connection, month, province=province)
    opened = await edge.vault.open_many([payee.person for payee in payees])
    rows = pay_list.named_rows(
        [
            {"card_no": payee.card_no, "area_code": payee.area_code, **_person(person)}
            for payee, person in zip(payees, opened, strict=True)
        ]
    )
    content = {"month": str(month), "province": province, "rows": rows, "volunteers": len(rows)}
    content["total_baht"] = len(rows) * ALLOWANCE_BAHT
    await edge.audited(details={"province": province, "month": str(month), "rows": len(rows)})
    name = f"pay-list-{province}-{month}"
    return await answer(edge, wanted, content, name=name, paper=pay_list.named_paper, headings=pay_list.NAMED)


def _person(opened: object) -> dict[str, str | None]:
    """Who was forgotten has neither."""
    if not isinstance(opened, dict):
        return {"name": None, "citizen_id": None}
    name = written_name(opened.get("title"), opened["first_name"], opened["last_name"])
    return {"name": name, "citizen_id": opened.get("citizen_id")}

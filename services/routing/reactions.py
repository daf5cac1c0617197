"""What routing does about what it hears: eligible cases are referred, withdrawn needs end what is open."""

from collections.abc import Mapping

from services.routing import domain
from services.routing.whereabouts import referral_claim
from shared.consume import Context, Handler, Reaction
from shared.events.contract import Event
from shared.events.intake import NeedWithdrawn
from shared.events.screening import CaseScreened
from shared.process import Parts


def handlers(_: Parts) -> Mapping[type[Event], Handler]:
    return {CaseScreened: on_case_screened, NeedWithdrawn: on_need_withdrawn}


async def on_case_screened(event: CaseScreened, context: Context) -> Reaction | None:
    """Decided eligible, first or again: the agency gets it."""
    stream = await context.store.load(event.case_id)
    referral_id = context.derived("referral")
    events = domain.refer(domain.fold(stream.events), event, referral_id=referral_id, at=context.at)
    return Reaction(stream, events, [referral_claim(referral_id, stream.id)]) if events else None


async def on_need_withdrawn(event: NeedWithdrawn, context: Context) -> Reaction:
    """Whatever is open ends. Also that nothing is open rests on the stream: a referral may be stored at this moment, by another
    process that reads screening's topic."""
    stream = await context.store.load(event.case_id)
    return Reaction(stream, domain.cancel(domain.fold(stream.events)))

"""What screening does about what it hears: tip-offs are decided at once, declined and returned cases come back."""

from collections.abc import Mapping

from services.screening import domain
from shared.consume import Context, Handler, Reaction
from shared.events.contract import Event
from shared.events.intake import NeedReported
from shared.events.routing import ReferralDeclined, ReferralReturned
from shared.process import Parts


def handlers(_: Parts) -> Mapping[type[Event], Handler]:
    return {
        NeedReported: on_need_reported,
        ReferralDeclined: on_referral_declined,
        ReferralReturned: on_referral_returned,
    }


async def on_need_reported(event: NeedReported, context: Context) -> Reaction | None:
    """A tip-off is decided by the system; the others wait in the queue."""
    if not event.kind.tipoff:
        return None
    stream = await context.store.load(event.case_id)
    case = domain.evolve(domain.fold(stream.events), event)
    return Reaction(stream, domain.screen_tipoff(case, at=context.at))


async def on_referral_declined(event: ReferralDeclined, context: Context) -> Reaction | None:
    """The office has to find another way."""
    return await _back(event, context)


async def on_referral_returned(event: ReferralReturned, context: Context) -> Reaction | None:
    """The office has to find out more."""
    return await _back(event, context)


async def _back(event: ReferralDeclined | ReferralReturned, context: Context) -> Reaction:
    stream = await context.store.load(event.case_id)
    case = domain.evolve(domain.fold(stream.events), event)
    return Reaction(stream, domain.reopen(case, event, at=context.at))

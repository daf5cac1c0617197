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
        ReferralDeclined: on_referral_back,
        ReferralReturned: on_referral_back,
    }


async def on_need_reported(event: NeedReported, context: Context) -> Reaction | None:
    """A tip-off is decided by the system; the others wait in the queue."""
    if not event.kind.tipoff:
        return None
    stream = await context.store.load(event.case_id)
    case = domain.evolve(domain.fold(stream.events), event)
    return Reaction(stream, domain.screen_tipoff(case, at=context.at))


async def on_referral_back(event: ReferralDeclined | ReferralReturned, context: Context) -> Reaction | None:
    """Declined, or returned for more information: in both cases the office has to look at it again."""
    stream = await context.store.load(event.case_id)
    case = domain.evolve(domain.fold(stream.events), event)
    return Reaction(stream, domain.reopen(case, event, at=context.at))

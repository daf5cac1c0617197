"""Every event type there is, by its stored name, and the way from stored JSON to an event."""

from typing import Any

import orjson
from pydantic import ValidationError

from shared.errors import PoisonError
from shared.events import intake, network, registry, reporting, routing, screening
from shared.events.contract import Event

SERVICES = ("registry", "intake", "screening", "routing", "reporting")

EVENTS: tuple[type[Event], ...] = (
    registry.VolunteerAppointed,
    registry.VolunteerTermRenewed,
    registry.VolunteerRelieved,
    registry.ServiceUnitOpened,
    registry.ServiceUnitClosed,
    network.CardRequested,
    network.CardPrinted,
    network.CardHandedOver,
    network.CardLost,
    network.CardReturned,
    network.CentreEstablished,
    network.CommitteeAppointed,
    network.MentorAdded,
    network.MentorAssigned,
    network.ActivityHeld,
    network.ActivityVoided,
    network.MobileUnitPlanned,
    network.MobileUnitHeld,
    network.MobileUnitCancelled,
    intake.NeedReported,
    intake.NeedWithdrawn,
    intake.PersonCorrected,
    intake.PersonForgotten,
    screening.CaseScreened,
    screening.CaseReopened,
    routing.CaseReferred,
    routing.ReferralAccepted,
    routing.ReferralDeclined,
    routing.ReferralReturned,
    routing.ReferralClosed,
    routing.ReferralCancelled,
    routing.ReferralDone,
    routing.ReferralReopened,
    routing.ReferralPersonForgotten,
    routing.AssistanceRecorded,
    routing.AssistanceCorrected,
    routing.AssistanceVoided,
    reporting.ReportSubmitted,
    reporting.ProjectTargetSet,
)
BY_TYPE: dict[str, type[Event]] = {event.TYPE: event for event in EVENTS}
TOPICS: tuple[str, ...] = tuple(dict.fromkeys(topic for event in EVENTS for topic in event.topics()))
REFERRAL_TOPICS = routing.CaseReferred.topics()


def known(type_name: str, version: int) -> type[Event]:
    """The class of a stored event. Raises PoisonError (`unknown_type`, `newer_version`)."""
    found = BY_TYPE.get(type_name)
    if found is None:
        raise PoisonError("unknown_type")
    if version > found.VERSION:
        raise PoisonError("newer_version")
    return found


def decode(type_name: str, version: int, data: bytes | str) -> Event:
    """The event behind stored JSON. Raises PoisonError (`unknown_type`, `newer_version`, `not_json`, `not_of_its_type`)."""
    event = known(type_name, version)
    try:
        if version == event.VERSION:
            return event.model_validate_json(data)
        return event.model_validate(event.upcast(version, orjson.loads(data)))
    except orjson.JSONDecodeError as error:
        raise PoisonError("not_json") from error
    except (ValidationError, KeyError, TypeError) as error:
        raise PoisonError("not_of_its_type") from error


def current(type_name: str, version: int, data: bytes | str) -> dict[str, Any]:
    """Stored JSON as a plain object in the shape of today: what projections fold, without the price of validation."""
    found: dict[str, Any] = orjson.loads(data)
    event = BY_TYPE[type_name]
    return found if version == event.VERSION else event.upcast(version, found)

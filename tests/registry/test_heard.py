"""What registry keeps of the cases and the help that it hears of."""

from datetime import timedelta
from itertools import permutations
from uuid import UUID

from services.registry.network import PROJECTION
from shared.events.case import CaseFacts
from shared.events.codes import Decision, NeedKind
from shared.events.contract import Event
from shared.store import Recorded
from tests.registry.heard import CASE, helped, need, of_case, reopened, screened, withdrawn
from tests.support.kafka_records import MOMENT, recorded

MOBILE_UNIT = UUID("01890000-0000-7000-8000-00000000e001")


def told(*events: Event) -> list[Recorded]:
    """As the next of their owner's on their stream."""
    versions: dict[tuple[str, UUID], int] = {}
    records = []
    for position, event in enumerate(events, start=1):
        version = versions[event.OWNER, event.stream] = versions.get((event.OWNER, event.stream), 0) + 1
        records.append(recorded(event, version=version, position=position, at=MOMENT + timedelta(hours=position)))
    return records


def test_the_rows_of_a_case_are_the_same_in_whatever_order_its_topics_arrive() -> None:
    case = need(volunteer_id=UUID(int=7), unit_id=UUID(int=8))
    said = screened(case, Decision.DUPLICATE), reopened(case), screened(case, Decision.ELIGIBLE, round_=2)
    records = told(case, *said, withdrawn(case), helped(case, mobile_unit_id=MOBILE_UNIT))
    folds = [PROJECTION.fold(list(order)).puts for order in permutations(records)]
    assert all(fold == folds[0] for fold in folds)
    (row,) = folds[0]["heard_cases"].values()
    expected = {"case_id": str(CASE), "withdrawn": True, "tipoff": False, "volunteer_id": str(UUID(int=7))}
    assert expected.items() <= row.items()
    (decided,) = folds[0]["heard_decisions"].values()
    assert (decided["round"], decided["decision"]) == (2, "eligible")
    (help_,) = folds[0]["heard_assistances"].values()
    assert (help_["mobile_unit_id"], help_["case_id"], help_["void"]) == (str(MOBILE_UNIT), str(CASE), False)


def test_a_case_that_is_open_again_has_no_decision() -> None:
    case = need()
    rows = PROJECTION.fold(told(case, screened(case, Decision.DUPLICATE), reopened(case))).puts["heard_decisions"]
    assert [row["decision"] for row in rows.values()] == [None]


def test_every_kind_is_a_need_or_a_tip_off() -> None:
    cases: list[CaseFacts] = [need(UUID(int=number), kind=kind) for number, kind in enumerate(NeedKind)]
    rows = PROJECTION.fold(told(*cases)).puts["heard_cases"].values()
    assert {row["kind"] for row in rows if row["tipoff"]} == {kind for kind in NeedKind if kind.value.startswith("tipoff_")}


def test_a_row_holds_nothing_that_is_sealed() -> None:
    rows = PROJECTION.fold(told(*of_case())).puts
    assert not {"person", "words"} & {name for table in rows.values() for row in table.values() for name in row}

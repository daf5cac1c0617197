"""How an event outlives its shape, shown with an event that has had three of them."""

from typing import Any, ClassVar
from uuid import UUID

import orjson
import pytest

from shared.errors import PoisonError
from shared.events import catalogue
from shared.events.contract import Event

THING = UUID("019a9f10-8c00-7000-8000-0000000000aa")


class ThingMoved(Event):
    """Version 1 had `to`; version 2 called it `area`; version 3 knows the province, too."""

    TYPE: ClassVar[str] = "ThingMoved"
    VERSION: ClassVar[int] = 3
    OWNER: ClassVar[str] = "registry"
    TOPIC: ClassVar[str] = "registry.things"

    thing_id: UUID
    area: str
    province: str

    @property
    def stream(self) -> UUID:
        return self.thing_id

    @classmethod
    def upcast_v1(cls, data: dict[str, Any]) -> dict[str, Any]:
        return {"thing_id": data["thing_id"], "area": data["to"]}

    @classmethod
    def upcast_v2(cls, data: dict[str, Any]) -> dict[str, Any]:
        return {**data, "province": data["area"][:2]}


TODAY = ThingMoved(thing_id=THING, area="240409", province="24")
WRITTEN = {
    1: {"thing_id": str(THING), "to": "240409"},
    2: {"thing_id": str(THING), "area": "240409"},
    3: {"thing_id": str(THING), "area": "240409", "province": "24"},
}


@pytest.fixture(autouse=True)
def in_the_catalogue(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(catalogue.BY_TYPE, ThingMoved.TYPE, ThingMoved)


@pytest.mark.parametrize("version", WRITTEN)
def test_every_version_is_read_in_the_shape_of_today(version: int) -> None:
    assert catalogue.decode(ThingMoved.TYPE, version, orjson.dumps(WRITTEN[version])) == TODAY


@pytest.mark.parametrize("version", WRITTEN)
def test_projections_fold_every_version_in_the_shape_of_today(version: int) -> None:
    assert catalogue.current(ThingMoved.TYPE, version, orjson.dumps(WRITTEN[version])) == WRITTEN[3]


def test_a_version_newer_than_the_code_is_poison_until_the_code_is_newer() -> None:
    with pytest.raises(PoisonError, match="newer_version"):
        catalogue.decode(ThingMoved.TYPE, 4, b"{}")


def test_an_old_event_that_its_upcaster_cannot_read_is_poison() -> None:
    with pytest.raises(PoisonError, match="not_of_its_type"):
        catalogue.decode(ThingMoved.TYPE, 1, b'{"thing_id": "019a9f10-8c00-7000-8000-0000000000aa"}')


def test_what_is_no_json_is_poison_in_every_version() -> None:
    for version in WRITTEN:
        with pytest.raises(PoisonError, match=r"not_json|not_of_its_type"):
            catalogue.decode(ThingMoved.TYPE, version, b"not json")


def test_every_event_with_older_versions_has_an_upcaster_for_each() -> None:
    for event in catalogue.EVENTS:
        for version in range(1, event.VERSION):
            assert callable(getattr(event, f"upcast_v{version}", None)), f"{event.TYPE} lacks upcast_v{version}"

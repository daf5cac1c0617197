"""Thailand's provinces, districts and sub-districts by their official 2-, 4- and 6-digit codes, from GeoThai (CC-BY-4.0, pinned).
Villages are in no list: a village is a number under a sub-district."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from types import MappingProxyType

import geothai
from geothai.abolished import abolished_areas
from geothai.types import District, Province, Subdistrict

DATA_VERSION: str = geothai.DATA_VERSION
BANGKOK = "10"


@dataclass(frozen=True, slots=True)
class Place:
    """A province, district or sub-district. The names are bare, but Bangkok's districts carry their เขต: see `label`."""

    code: str
    name_th: str
    name_en: str

    @property
    def province(self) -> str:
        """The 2-digit code of the province that it is in."""
        return self.code[:2]


@cache
def _all() -> Mapping[str, Place]:
    areas: list[Province | District | Subdistrict] = []
    for province_ in geothai.provinces():
        areas.append(province_)
        for district_ in geothai.districts(province_.code):
            areas.append(district_)
            areas.extend(geothai.subdistricts(district_.code))
    return MappingProxyType({area.code: Place(area.code, area.name_th, area.name_en) for area in areas})


PROVINCES: tuple[str, ...] = tuple(code for code in _all() if len(code) == 2)
"""The codes of all 77, in order."""


def province(code: str) -> Place | None:
    return _of_length(code, 2)


def district(code: str) -> Place | None:
    return _of_length(code, 4)


def subdistrict(code: str) -> Place | None:
    return _of_length(code, 6)


def is_province(code: str) -> bool:
    return province(code) is not None


def is_district(code: str) -> bool:
    return district(code) is not None


def is_subdistrict(code: str) -> bool:
    return subdistrict(code) is not None


def was_ever_district(code: str) -> bool:
    """Whether `code` is a district's, now or before it was abolished: old citizen IDs carry old ones."""
    return is_district(code) or code in _abolished_districts()


def province_of(area_code: str) -> str:
    """The 2-digit code of the province of a 2-, 4- or 6-digit code, which may be abolished.

    ValueError if there is no such province."""
    if not is_province(area_code[:2]):
        raise ValueError("no province has this code")
    return area_code[:2]


@lru_cache(maxsize=128)
def districts_of(province_code: str) -> tuple[str, ...]:
    """The codes of a province's districts, in order; none if there is no such province."""
    return tuple(area.code for area in geothai.districts(province_code))


@lru_cache(maxsize=128)
def subdistricts_of(province_code: str) -> tuple[str, ...]:
    """The codes of a province's sub-districts, in order; none if there is no such province."""
    return tuple(area.code for code in districts_of(province_code) for area in geothai.subdistricts(code))


@lru_cache(maxsize=16_384)
def label(area_code: str) -> str:
    """The place as it is written: จังหวัดชลบุรี, อำเภอบางปะกง, ตำบลพิมพา; in Bangkok กรุงเทพมหานคร, เขตพระนคร, แขวงบางรัก.

    KeyError if there is no such place."""
    place = _all()[area_code]
    if place.province == BANGKOK:
        return place.name_th if len(area_code) < 6 else f"แขวง{place.name_th}"
    return f"{_PREFIXES[len(area_code)]}{place.name_th}"


_PREFIXES = {2: "จังหวัด", 4: "อำเภอ", 6: "ตำบล"}


@cache
def _abolished_districts() -> frozenset[str]:
    return frozenset(area.code for area in abolished_areas() if area.level == "district")


def _of_length(code: str, length: int) -> Place | None:
    return _all().get(code) if len(code) == length else None

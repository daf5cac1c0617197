"""How well a province is covered, district by district: counted from who serves where. Pure: the counts are given."""

from collections.abc import Collection, Iterable, Sequence

from services.registry.bodies import Coverage, DistrictCoverage, Village
from services.registry.views import KnownVillage, Serving
from shared.events.codes import Level
from shared.places import districts_of, label, subdistricts_of


def coverage(province: str, serving: Sequence[Serving], villages: Sequence[KnownVillage]) -> Coverage:
    """A volunteer of a sub-district or a municipality counts in its district, too."""
    subdistricts = subdistricts_of(province)
    covered = {row.area_code for row in serving if row.level == Level.SUBDISTRICT} & set(subdistricts)
    by_level = dict.fromkeys(Level, 0)
    for row in serving:
        by_level[Level(row.level)] += row.volunteers
    districts = [_district(code, covered, serving, villages) for code in districts_of(province)]
    return Coverage(
        province=province,
        subdistricts_total=len(subdistricts),
        subdistricts_covered=len(covered),
        volunteers_active=sum(by_level.values()),
        by_level=by_level,
        uncovered=[code for code in subdistricts if code not in covered],
        districts=districts,
        districts_without_any=[district.district_code for district in districts if district.volunteers_active == 0],
    )


def _district(
    code: str, covered: Collection[str], serving: Iterable[Serving], villages: Sequence[KnownVillage]
) -> DistrictCoverage:
    subdistricts = [area for area in subdistricts_of(code[:2]) if area.startswith(code)]
    uncovered = [area for area in subdistricts if area not in covered]
    return DistrictCoverage(
        district_code=code,
        name=label(code),
        subdistricts_total=len(subdistricts),
        subdistricts_covered=len(subdistricts) - len(uncovered),
        volunteers_active=sum(row.volunteers for row in serving if row.area_code.startswith(code)),
        uncovered=uncovered,
        villages_with_volunteer=_villages(code, villages, served=True),
        villages_without_volunteer=_villages(code, villages, served=False),
    )


def _villages(code: str, villages: Iterable[KnownVillage], *, served: bool) -> list[Village]:
    return [Village.model_validate(one) for one in villages if one.area_code.startswith(code) and one.served is served]

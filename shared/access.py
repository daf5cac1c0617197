"""What a rule of access is, and what of its things a caller may touch. The table of all rules is in `rights.py`; whose a thing
is, its service says."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any
from uuid import UUID

from shared.auth import Principal, Role
from shared.errors import ForbiddenError
from shared.sight import ALL, NARROW, Sight


class Extent(Enum):
    """Of which things a role may do it. All but NATION end at the provinces of the caller's token."""

    NATION = "every province"
    PROVINCE = "his provinces"
    AGENCY = "his agency's, in his provinces"
    UNIT = "his unit's"
    SELF = "his own"


NATION, PROVINCE, AGENCY, UNIT, SELF = Extent
Who = Mapping[Role, Extent]


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing to do. `routes`: method and path as in the service's OpenAPI document. `people`: the roles of `who` to whom
    names, IDs, phones and free text are shown; to others they are null."""

    name: str
    what: str
    service: str
    routes: tuple[str, ...]
    who: Who
    people: frozenset[Role] = frozenset()


@dataclass(frozen=True, slots=True)
class Reach:
    """What a caller may touch. `provinces` None: all. Not `whole`: in them only what belongs to his agency, unit or himself."""

    provinces: frozenset[str] | None = frozenset()
    whole: bool = False
    agency: str | None = None
    unit_id: UUID | None = None
    volunteer_id: UUID | None = None

    def has(
        self, province: str, *, agency: str | None = None, unit_id: UUID | None = None, volunteer_id: UUID | None = None
    ) -> bool:
        """Whether a thing with these owners is within it."""
        if self.provinces is not None and province not in self.provinces:
            return False
        return (
            self.whole
            or (self.agency is not None and self.agency == agency)
            or (self.unit_id is not None and self.unit_id == unit_id)
            or (self.volunteer_id is not None and self.volunteer_id == volunteer_id)
        )

    @property
    def everything(self) -> bool:
        return self.whole and self.provinces is None

    def parameters(self) -> dict[str, Any]:
        """For the filter that every query of a list has: `in_provinces` (NULL: all), `whole`, `of_agency`, `of_unit`,
        `of_volunteer`."""
        return {
            "in_provinces": None if self.provinces is None else sorted(self.provinces),
            "whole": self.whole,
            "of_agency": self.agency,
            "of_unit": self.unit_id,
            "of_volunteer": self.volunteer_id,
        }

    @property
    def sight(self) -> Sight:
        """The same for PostgreSQL, which then shows nothing else."""
        return Sight(
            provinces=ALL if self.provinces is None else ",".join(sorted(self.provinces)),
            agency=self.agency or "",
            unit=str(self.unit_id or ""),
            volunteer=str(self.volunteer_id or ""),
            role="none" if self.whole else NARROW,
        )


EVERYTHING = Reach(provinces=None, whole=True)


def reach(principal: Principal, who: Who) -> Reach:
    """All that the caller's roles give together."""
    extents = {extent for role, extent in who.items() if role in principal.roles}
    if NATION in extents:
        return EVERYTHING
    return Reach(
        provinces=None if principal.sees_all else principal.provinces,
        whole=PROVINCE in extents,
        agency=principal.agency if AGENCY in extents else None,
        unit_id=principal.unit_id if UNIT in extents else None,
        volunteer_id=principal.volunteer_id if SELF in extents else None,
    )


@dataclass(frozen=True, slots=True)
class Right:
    """A caller under a rule. `things`: what he may touch; `people`: of which of them names and the like are shown to him."""

    rule: Rule
    things: Reach
    people: Reach


def right(principal: Principal, rule: Rule) -> Right:
    """Raises ForbiddenError when no role of the caller may do it anywhere."""
    if not principal.roles & rule.who.keys():
        raise ForbiddenError
    named = {role: extent for role, extent in rule.who.items() if role in rule.people}
    return Right(rule, reach(principal, rule.who), reach(principal, named))

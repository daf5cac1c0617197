"""A chain of hashes shows whatever was done to it: an entry altered, removed, swapped, put in between or cut off, and a trail
that was written anew after its head was published."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.audit.chain import GENESIS, Finding, Head, Link, Verification, Wrong, hash_of
from shared.audit.entry import Entry

FEW = settings(max_examples=30, deadline=None)
"""Each example is a whole chain."""
PERSON = UUID("0192f0aa-7f3e-7c2a-9d55-2f6d7d1c0a01")
NOON = datetime(2021, 5, 7, 12, tzinfo=UTC)
Published = Mapping[int, frozenset[bytes]]

texts = st.text('aก:- 1"', max_size=6)
entries = st.builds(
    Entry,
    actor=texts,
    roles=st.frozensets(st.sampled_from(["admin", "auditor", "unit_clerk"])),
    action=texts,
    request_id=texts,
    person_ref=st.none() | st.uuids(),
    details=st.dictionaries(texts, st.integers(0, 99), max_size=2),
    outcome=st.sampled_from(["ok", "forbidden"]),
    status=st.sampled_from([200, 403]),
)


def linked(said: Iterable[Entry], start: Head = Head(0, GENESIS)) -> list[Link]:  # noqa: B008 it is frozen, and no mutable default
    """As the database writes them down."""
    links: list[Link] = []
    number, before = start.number, start.hash
    for entry in said:
        number += 1
        actor, roles, action, person_ref, details, outcome, status, request_id = entry.values()
        at = NOON + timedelta(seconds=number)
        them = tuple(roles.split())
        link = Link(number, at, actor, them, action, person_ref, details, outcome, status, request_id, before, b"")
        links.append(link._replace(hash=hash_of(link)))
        before = links[-1].hash
    return links


chains = st.lists(entries, min_size=3, max_size=8).map(linked)


def head_of(links: list[Link]) -> Head:
    return Head(links[-1].number, links[-1].hash) if links else Head(0, GENESIS)


def found(links: Iterable[Link], head: Head, published: Published | None = None) -> list[Finding]:
    verification = Verification(published or {})
    findings = [finding for link in links for finding in verification.take(link)]
    return findings + verification.end(head)


def told(*links: Link) -> Published:
    return {link.number: frozenset({link.hash}) for link in links}


def other(link: Link, field: str) -> Link:
    """The same entry with one field changed, as little as it can be."""
    value = getattr(link, field)
    changed: dict[type, Any] = {
        str: f"{value} ",
        int: value + 1 if isinstance(value, int) else 0,
        tuple: (*value, "x") if isinstance(value, tuple) else (),
        bytes: bytes(value[:-1]) + bytes([value[-1] ^ 1]) if isinstance(value, bytes) else b"",
        datetime: value + timedelta(microseconds=1) if isinstance(value, datetime) else NOON,
        UUID: None,
        type(None): PERSON,
    }
    return link._replace(**{field: changed[type(value)]})


@FEW
@given(chains)
def test_a_chain_that_nobody_touched_is_sound(links: list[Link]) -> None:
    assert found(links, head_of(links), told(links[0], links[-1])) == []
    assert found([], Head(0, GENESIS)) == []


@FEW
@given(chains, st.data())
def test_an_entry_that_was_altered_is_found(links: list[Link], data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(links) - 1))
    field = data.draw(st.sampled_from([name for name in Link._fields if name != "number"]))
    altered = [*links[:at], other(links[at], field), *links[at + 1 :]]
    assert Finding(at + 1, at + 1, Wrong.ALTERED) in found(altered, head_of(links))


@FEW
@given(chains, st.data())
def test_an_entry_that_was_removed_is_found(links: list[Link], data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(links) - 2))
    assert found(links[:at] + links[at + 1 :], head_of(links)) == [Finding(at + 1, at + 1, Wrong.MISSING)]


@FEW
@given(chains, st.data())
def test_a_gap_that_was_closed_by_new_numbers_is_found(links: list[Link], data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(links) - 2))
    closed = links[:at] + [link._replace(number=link.number - 1) for link in links[at + 1 :]]
    assert found(closed, head_of(closed)) != []


@FEW
@given(chains, st.data())
def test_two_entries_that_were_swapped_are_found(links: list[Link], data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(links) - 2))
    one, two = links[at], links[at + 1]
    exchanged = [*links[:at], two, one, *links[at + 2 :]]
    assert found(exchanged, head_of(links)) != []
    renumbered = [*links[:at], two._replace(number=one.number), one._replace(number=two.number), *links[at + 2 :]]
    assert found(renumbered, head_of(links)) != []


@FEW
@given(chains, st.integers(1, 3))
def test_entries_that_were_cut_off_at_the_end_are_found_by_the_head(links: list[Link], count: int) -> None:
    kept = links[:-count]
    assert Finding(len(links), len(links), Wrong.NOT_THE_HEAD) in found(kept, head_of(links))
    # Whoever cuts can set the head back, but not what was published.
    assert found(kept, head_of(kept)) == []
    assert found(kept, head_of(kept), told(links[-1])) == [Finding(len(kept) + 1, len(links), Wrong.CUT_OFF)]


@FEW
@given(chains, st.data())
def test_a_trail_that_was_written_anew_is_found_by_any_later_published_head(links: list[Link], data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(links) - 1))
    rest = [link._replace(action="x" if link.number == at + 1 and link.action != "x" else "y") for link in links[at:]]
    anew = list(links[:at])
    for link in rest:
        before = anew[-1].hash if anew else GENESIS
        moved = link._replace(before=before)
        anew.append(moved._replace(hash=hash_of(moved)))
    published = data.draw(st.integers(at, len(links) - 1))
    assert found(anew, head_of(anew)) == []  # in itself it is sound
    wrong = found(anew, head_of(anew), told(links[published]))
    assert wrong == [Finding(published + 1, published + 1, Wrong.NOT_AS_PUBLISHED)]


def test_two_heads_of_one_number_are_found() -> None:
    links = linked([Entry("a", frozenset(), "x", "r")])
    both = {1: frozenset({links[0].hash, GENESIS})}
    assert found(links, head_of(links), both) == [Finding(1, 1, Wrong.NOT_AS_PUBLISHED)]


@FEW
@given(entries, entries)
def test_two_entries_have_one_hash_only_when_they_say_the_same(one: Entry, two: Entry) -> None:
    (first,), (second,) = linked([one]), linked([two])
    assert (first.hash == second.hash) == (one.values() == two.values())


@pytest.mark.parametrize(("actor", "action"), [("ab", "c"), ("a", "bc"), ("abc", ""), ("a1:b", "c"), ("", "abc")])
def test_fields_do_not_run_into_each_other(actor: str, action: str) -> None:
    plain = linked([Entry("a", frozenset(), "b1:c", "r")])
    assert linked([Entry(actor, frozenset(), action, "r")])[0].hash != plain[0].hash


def test_an_entry_holds_its_roles_and_details_in_one_order() -> None:
    one = Entry("a", frozenset({"auditor", "admin"}), "x", "r", details={"month": "2021-05", "form": "sp12"})
    two = Entry("a", frozenset({"admin", "auditor"}), "x", "r", details={"form": "sp12", "month": "2021-05"})
    assert one.values() == two.values() == Entry(**asdict(one)).values()
    assert one.values()[1] == "admin auditor"

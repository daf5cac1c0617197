"""The informal-worker database on the real PostgreSQL, loaded by the command as its operator would: killed and gone on with,
twice at once, two editions, files of all kinds."""

import argparse
import asyncio
import contextlib
import io
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import psycopg
import pytest
from pydantic import SecretStr

from deploy.local.cache import ROOT
from deploy.local.waiting import wait_until
from services.routing.app import DEFINITION
from services.routing.roster.commands import add_to, run
from shared.errors import UnavailableError
from shared.roster import NOBODY, RosterEntry
from shared.settings import Settings
from shared.vault import Vault, vault_pool
from tests.routing.rosters import PEPPER, SECRET, number, numbers, people, write, wrong
from tests.support.servers import PostgresServer
from tests.support.vaults import new_vault, vault_as

pytestmark = pytest.mark.integration

MASTER = b"m" * 32
SECONDS = 60
# PostgreSQL's own error for it, when the second batch comes.
FULL_DISK = """
CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF NEW.lines > 60000 THEN RAISE EXCEPTION 'could not extend file' USING ERRCODE = '53100'; END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER full_disk BEFORE UPDATE ON roster_files FOR EACH ROW EXECUTE FUNCTION full_disk()"""


# A batch waits as long as somebody holds the lock of its number.
HELD = """
CREATE FUNCTION held() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    PERFORM pg_advisory_xact_lock_shared(1, ((NEW.lines + 49999) / 50000)::integer);
    RETURN NEW;
END $$;
CREATE TRIGGER held BEFORE UPDATE ON roster_files FOR EACH ROW EXECUTE FUNCTION held()"""


@dataclass(frozen=True)
class Loading:
    """A vault of its own, and the command with its settings."""

    owner: str
    app: str

    def start(self, *arguments: str | Path) -> subprocess.Popen[str]:
        settings = {"SONGTOR_DATABASE": "dbname=nobody-asks", "SONGTOR_VAULT_OWNER": self.owner, "SONGTOR_PEPPER": SECRET}
        return subprocess.Popen(
            [sys.executable, "-m", "services.routing", "roster", *map(str, arguments)],
            env=os.environ | settings | {"ENV": "test"},
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: str | Path) -> tuple[int, str, str]:
        """Exit code, and what was said on stdout and stderr. In this process: starting one takes longer than most loads."""
        settings = Settings(
            ENV="test",
            database=SecretStr("dbname=nobody-asks"),
            vault_owner=SecretStr(self.owner),
            pepper=SecretStr(SECRET),
        )
        parser = argparse.ArgumentParser()
        add_to(parser)
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), ThreadPoolExecutor(1) as thread:
            try:
                given = parser.parse_args(list(map(str, arguments)))
                code = thread.submit(lambda: asyncio.run(run(DEFINITION, settings, given))).result(SECONDS)
            except SystemExit as refused:
                code = int(str(refused.code))
        return code, out.getvalue(), err.getvalue()

    def load(self, *files: Path, edition: str = "2563") -> str:
        code, out, err = self.run("load", *files, "--edition", edition)
        assert code == 0, err
        return out

    def rows(self, statement: str, *parameters: object) -> list[tuple[object, ...]]:
        with psycopg.connect(self.owner, autocommit=True) as connection:
            cursor = connection.execute(statement.encode(), parameters)
            return cursor.fetchall() if cursor.description else []

    def editions(self) -> dict[str, tuple[int, int]]:
        """Build and people by edition."""
        return {str(row[0]): (int(str(row[1])), int(str(row[2]))) for row in self.rows("SELECT * FROM roster_editions")}

    def kept(self, edition: str = "2563") -> list[bytes]:
        build, _ = self.editions()[edition]
        rows = self.rows(f"SELECT person FROM roster_{edition.replace('-', '_')}_{build}")
        return [person.bytes for (person,) in rows if isinstance(person, UUID)]

    def tables(self) -> set[str]:
        """Those that hold people."""
        found = self.rows("SELECT tablename FROM pg_tables WHERE tablename ~ '^roster_([0-9]|staged)'")
        return {str(name) for (name,) in found}

    def read_so_far(self) -> int:
        ((lines,),) = self.rows("SELECT coalesce(sum(lines), 0)::bigint FROM roster_files")
        return int(str(lines))


@pytest.fixture
def loading(postgres: PostgresServer, vault_template: str) -> Iterator[Loading]:
    made = new_vault(postgres, template=vault_template)
    yield Loading(made.owner, made.apps["routing"])
    postgres.start()
    postgres.drop(made.owner)


@pytest.fixture
async def vault(loading: Loading) -> AsyncIterator[Vault]:
    async with vault_pool(loading.app) as pool:
        yield Vault(pool, master_key=MASTER, pepper=PEPPER)


async def asked(vault: Vault, plain: str, id_kind: str = "thai") -> RosterEntry:
    return await vault.roster.look_up(await vault.enrol(id_kind, plain))


async def test_who_is_in_the_files_is_in_the_database_and_nobody_else(loading: Loading, vault: Vault, tmp_path: Path) -> None:
    listed = numbers(1_000)
    said = loading.load(write(tmp_path / "one.csv", listed[:600]), write(tmp_path / "two.csv.gz", listed[600:]))
    assert "edition 2563: 1,000 people of 2 files (0 named more than once, 0 bad lines)" in said
    assert set(loading.kept()) == people(listed)
    for plain in (listed[0], listed[599], listed[999]):
        assert await asked(vault, plain) == RosterEntry(in_database=True, edition="2563")
    assert await asked(vault, number(1_000)) == RosterEntry(in_database=False, edition="2563")
    assert await asked(vault, listed[0], "other") == RosterEntry(in_database=False, edition="2563")
    nobody = await vault.enrol("none", None)
    assert await vault.roster.look_up(nobody) == RosterEntry(in_database=False, edition="2563")


async def test_without_an_edition_and_without_a_person_nobody_is_in_it(loading: Loading, vault: Vault, tmp_path: Path) -> None:
    assert await asked(vault, number(1)) == NOBODY
    assert await vault.roster.look_up(None) == NOBODY
    code, out, _ = loading.run("status")
    assert (code, out) == (0, "no edition is loaded: nobody is found in the informal-worker database\n")
    loading.load(write(tmp_path / "one.csv", [number(1)]))
    person = await vault.enrol("thai", number(1))
    assert (await vault.roster.look_up(person)).in_database
    async with vault_pool(vault_as(loading.app, "intake")) as pool:
        await Vault(pool, master_key=MASTER, pepper=PEPPER).forget(person)
    assert await vault.roster.look_up(person) == NOBODY


async def test_a_vault_that_is_away_is_said_to_be(loading: Loading, vault: Vault, postgres: PostgresServer) -> None:
    person = await vault.enrol("thai", number(1))
    postgres.stop()
    with pytest.raises(UnavailableError):
        await vault.roster.look_up(person)


def killed_while(loading: Loading, files: Sequence[Path], when: Callable[[], bool], by: signal.Signals) -> None:
    with loading.start("load", *files, "--edition", "2563") as process:
        try:
            assert wait_until(lambda: when() or process.poll() is not None, SECONDS, every=0.01)
            assert process.poll() is None, "it was over before it could be killed"
            process.send_signal(by)
            _, err = process.communicate(timeout=SECONDS)
        finally:
            process.kill()
    assert "Traceback" not in err
    if by is signal.SIGINT:
        assert process.returncode == 130
        assert "what was read is kept" in err


@pytest.mark.slow
@pytest.mark.parametrize("name", ["large.csv", "large.csv.gz"])
def test_killed_again_and_again_it_goes_on_and_nothing_is_twice(loading: Loading, tmp_path: Path, name: str) -> None:
    listed = numbers(180_000)
    lines = ["citizen_id", *listed]
    for place in (7, 60_000, 150_000):
        lines[place] = "x"
    path = write(tmp_path / name, lines)
    loading.rows(HELD)
    for batch, by in enumerate((signal.SIGKILL, signal.SIGTERM, signal.SIGINT), 1):
        with psycopg.connect(loading.owner, autocommit=True) as holding:
            holding.execute("SELECT pg_advisory_lock(1, %s)", (batch + 1,))
            killed_while(loading, [path], lambda: loading.read_so_far() == batch * 50_000, by)  # noqa: B023 called at once
        assert loading.read_so_far() == batch * 50_000
        assert loading.editions() == {"2563": (0, 0)}, "not in use before it is complete"
    said = loading.load(path)
    assert f"{name}: 180,001 lines, 179,997 citizen IDs, 3 bad lines" in said
    assert "bad lines: 8 (not_13_digits), 60001 (not_13_digits), 150001 (not_13_digits)\n" in said
    expected = people(set(listed) - {listed[6], listed[59_999], listed[149_999]})
    kept = loading.kept()
    assert len(kept) == len(expected)
    assert set(kept) == expected
    assert loading.tables() == {"roster_2563_1"}


def test_killed_while_it_is_put_into_use_it_is_put_into_use_the_next_time(loading: Loading, tmp_path: Path) -> None:
    path = write(tmp_path / "one.csv", numbers(1_000))
    with psycopg.connect(loading.owner) as looking:
        looking.execute("SELECT FROM roster_newest").fetchall()  # a look-up that does not end keeps the view in its place
        killed_while(loading, [path], lambda: "roster_2563_1" in loading.tables(), signal.SIGKILL)
    assert loading.editions() == {"2563": (0, 0)}
    loading.load(path)
    assert set(loading.kept()) == people(numbers(1_000))
    assert loading.tables() == {"roster_2563_1"}


def test_the_same_content_is_read_once_whatever_it_is_called(loading: Loading, tmp_path: Path) -> None:
    one, same = write(tmp_path / "one.csv", [number(1), "x"]), write(tmp_path / "same.csv", [number(1), "x"])
    assert "1 people of 1 file (0 named more than once, 1 bad lines)" in loading.load(one, same)
    said = loading.load(same)
    assert "same.csv: 2 lines, 1 citizen IDs, 1 bad lines, in use already" in said
    assert loading.editions() == {"2563": (1, 1)}


def test_who_is_named_often_is_counted_once(loading: Loading, tmp_path: Path) -> None:
    one = write(tmp_path / "one.csv", [number(1), number(2), number(1)])
    two = write(tmp_path / "two.csv", [number(2), number(3)])
    assert "3 people of 2 files (2 named more than once" in loading.load(one, two)
    three = write(tmp_path / "three.csv", [number(3), number(4)])
    assert "4 people of 3 files (3 named more than once" in loading.load(three)
    assert sorted(loading.kept()) == sorted(people(numbers(4, 1)))
    assert loading.tables() == {"roster_2563_2"}


async def test_the_newest_complete_edition_is_asked_and_older_ones_are_kept(
    loading: Loading, vault: Vault, tmp_path: Path
) -> None:
    old, new, newer = (write(tmp_path / f"{count}.csv", [number(count)]) for count in range(3))
    loading.load(new, edition="2563-02")
    loading.load(old)
    assert await asked(vault, number(1)) == RosterEntry(in_database=True, edition="2563-02")
    assert await asked(vault, number(0)) == RosterEntry(in_database=False, edition="2563-02")
    assert "edition 2563-02: 1 people" in loading.load(newer, edition="2564")
    assert await asked(vault, number(2)) == RosterEntry(in_database=True, edition="2564")
    assert set(loading.kept("2563")) == people([number(0)])
    code, out, _ = loading.run("drop", "--edition", "2564")
    assert (code, out.count("used by look-ups")) == (0, 1)
    assert await asked(vault, number(1)) == RosterEntry(in_database=True, edition="2563-02")
    assert loading.run("drop", "--edition", "2564")[0] == 1
    for edition in ("2563", "2563-02"):
        assert loading.run("drop", "--edition", edition)[0] == 0
    assert await asked(vault, number(1)) == NOBODY
    assert loading.tables() == set()


async def test_an_edition_that_is_being_loaded_is_not_asked(loading: Loading, vault: Vault, tmp_path: Path) -> None:
    loading.load(write(tmp_path / "old.csv", [number(1)]))
    large = write(tmp_path / "large.csv", numbers(160_000, 10))
    for edition in ("2564", "2563"):
        process = loading.start("load", large, "--edition", edition)
        assert wait_until(lambda: loading.read_so_far() > 1, SECONDS, every=0.01)
        assert await asked(vault, number(1)) == RosterEntry(in_database=True, edition="2563")
        assert await asked(vault, number(10)) == RosterEntry(in_database=False, edition="2563")
        process.kill()
        process.communicate(timeout=SECONDS)
        loading.run("drop", "--edition", "2564")
    code, out, _ = loading.run("status")
    assert code == 0
    assert "edition 2563: 1 file begun and not in use" in out


async def test_look_ups_go_on_while_another_edition_takes_the_place(loading: Loading, vault: Vault, tmp_path: Path) -> None:
    loading.load(write(tmp_path / "old.csv", [number(1), number(2)]))
    person = await vault.enrol("thai", number(1))
    process = loading.start("load", write(tmp_path / "new.csv", [number(1)]), "--edition", "2564")
    seen: list[RosterEntry] = []
    while process.poll() is None:
        seen.append(await vault.roster.look_up(person))
    assert process.communicate()[1].count("Traceback") == 0
    seen.append(await vault.roster.look_up(person))
    assert [one.edition for one in seen] == sorted(str(one.edition) for one in seen), "first the old one, then the new"
    assert {one.edition for one in seen} == {"2563", "2564"}
    assert all(one.in_database for one in seen)


def test_a_second_load_waits_for_the_first(loading: Loading, tmp_path: Path) -> None:
    path, other = write(tmp_path / "one.csv", numbers(120_000)), write(tmp_path / "two.csv", [number(1), number(120_000)])
    first = loading.start("load", path, "--edition", "2563")
    assert wait_until(lambda: loading.read_so_far() > 0, SECONDS, every=0.01)
    code, out, err = loading.run("load", other, "--edition", "2563")
    assert (code, first.wait(SECONDS)) == (0, 0)
    first.communicate()
    assert "another load is under way" in err
    assert "edition 2563: 120,001 people of 2 files (1 named more than once" in out


def test_bad_lines_are_told_by_number_and_never_by_content(loading: Loading, tmp_path: Path) -> None:
    bad = [wrong(count) for count in range(30)]
    path = write(tmp_path / "bad.csv", [number(1), *bad, "สมใจ ใจดี"])
    into = tmp_path / "lines.csv"
    code, out, err = loading.run("load", path, "--edition", "2563", "--bad-lines", into)
    assert code == 0
    assert "bad.csv: 32 lines, 1 citizen IDs, 31 bad lines" in out
    assert "bad lines: 2 (check_digit), 3 (check_digit)" in out
    assert "and 11 more" in out
    lines = into.read_text().splitlines()
    assert lines == ["file,line,reason", *(f"bad.csv,{line},check_digit" for line in range(2, 32)), "bad.csv,32,not_13_digits"]
    stored = str(loading.rows("SELECT b::text FROM roster_bad_lines b")) + str(loading.rows("SELECT f::text FROM roster_files f"))
    for content in (*bad, number(1), "สมใจ"):
        assert content not in out + err + into.read_text() + stored


def test_a_dry_run_counts_and_stores_nothing(loading: Loading, tmp_path: Path) -> None:
    path, into = write(tmp_path / "one.csv", [number(1), "x", number(1)]), tmp_path / "lines.csv"
    code, out, _ = loading.run("load", path, "--edition", "2563", "--dry-run", "--bad-lines", into)
    assert code == 0
    assert "one.csv: 3 lines, 2 citizen IDs, 1 bad lines\n  bad lines: 2 (not_13_digits)\ndry run" in out
    assert into.read_text() == "file,line,reason\none.csv,2,not_13_digits\n"
    assert loading.editions() == {}


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "holds no citizen ID"),
        (b"\n\n", "holds no citizen ID"),
        ("สมใจ\n".encode(), "holds no citizen ID"),
        (b"name,pid\nx,1\n", "has several columns"),
        (b"\x1f\x8b\x08\x00broken", "is damaged"),
        (bytes(range(256)) * 1_000, "holds no citizen ID"),
    ],
)
def test_what_is_no_roster_is_refused_and_leaves_nothing(loading: Loading, tmp_path: Path, content: bytes, why: str) -> None:
    path = tmp_path / "other.csv"
    path.write_bytes(content)
    code, _, err = loading.run("load", path, "--edition", "2563")
    assert code == 1
    assert f"✗ other.csv: {why}" in err
    assert (loading.editions(), loading.tables()) == ({}, set())


def test_a_refused_file_leaves_what_was_in_use_and_what_was_read(loading: Loading, tmp_path: Path) -> None:
    loading.load(write(tmp_path / "old.csv", [number(1)]))
    good, bad = write(tmp_path / "good.csv", [number(2)]), write(tmp_path / "bad.csv", ["x"])
    assert loading.run("load", good, bad, "--edition", "2563")[0] == 1
    assert loading.editions() == {"2563": (1, 1)}
    assert "1 file begun and not in use" in loading.run("status")[1]
    assert "edition 2563: 2 people of 2 files" in loading.load(good)


def test_a_file_that_is_not_there_and_an_edition_of_another_era_are_refused(loading: Loading, tmp_path: Path) -> None:
    code, _, err = loading.run("load", tmp_path / "nowhere.csv", "--edition", "2563")
    assert (code, err.strip()) == (1, "✗ nowhere.csv: is no file")
    path = write(tmp_path / "one.csv", [number(1)])
    for edition in ("2020", "2563; DROP TABLE keys"):
        code, _, err = loading.run("load", path, "--edition", edition)
        assert code == 2
        assert "Buddhist year" in err
    assert loading.run("load", path, "--edition", "2563", "--bad-lines", path)[0] == 1
    assert path.read_text().strip() == number(1)
    assert loading.run("load", path, "--edition", "2563", "--bad-lines", tmp_path / "no" / "where.csv")[0] == 1


def test_a_full_disk_is_told_and_gone_on_from(loading: Loading, tmp_path: Path) -> None:
    path = write(tmp_path / "large.csv", numbers(120_000))
    with psycopg.connect(loading.owner, autocommit=True) as connection:
        connection.execute(FULL_DISK)
    code, _, err = loading.run("load", path, "--edition", "2563")
    assert (code, "disk is full" in err) == (1, True)
    assert loading.read_so_far() == 50_000
    with psycopg.connect(loading.owner, autocommit=True) as connection:
        connection.execute("DROP TRIGGER full_disk ON roster_files")
    assert "edition 2563: 120,000 people" in loading.load(path)


def test_a_database_that_goes_away_is_told_and_gone_on_from(loading: Loading, postgres: PostgresServer, tmp_path: Path) -> None:
    path = write(tmp_path / "large.csv", numbers(160_000))
    process = loading.start("load", path, "--edition", "2563")
    assert wait_until(lambda: loading.read_so_far() > 0, SECONDS, every=0.01)
    postgres.kill()
    _, err = process.communicate(timeout=SECONDS)
    assert process.returncode == 1
    assert "does not answer" in err
    assert "Traceback" not in err
    postgres.start()
    assert loading.read_so_far() > 0
    assert "edition 2563: 160,000 people" in loading.load(path)


def test_services_may_ask_for_whom_they_know_and_see_nothing_else(loading: Loading, tmp_path: Path) -> None:
    loading.load(write(tmp_path / "one.csv", [number(1)]))
    with psycopg.connect(loading.app, autocommit=True) as connection:
        assert connection.execute("SELECT count(*) FROM roster_newest").fetchone() == (0,)
        for table in ("roster_2563_1", "roster_editions", "roster_files", "roster_bad_lines"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(f"SELECT FROM {table}".encode())


def test_a_look_up_reads_two_indexes_and_no_table_of_millions(loading: Loading, tmp_path: Path) -> None:
    loading.load(write(tmp_path / "one.csv", numbers(50_000)))
    with psycopg.connect(loading.owner, autocommit=True) as connection:
        connection.execute("SET enable_seqscan = off")  # the table of people known is empty here
        explain = b"EXPLAIN SELECT in_database, edition FROM roster_newest WHERE key_ref = gen_random_uuid()"
        plan = "\n".join(str(line) for (line,) in connection.execute(explain).fetchall())
    assert "Index Only Scan using roster_2563_1_pkey" in plan

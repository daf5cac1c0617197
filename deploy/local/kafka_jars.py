"""Java and the jars of Apache Kafka: found, fetched once by Maven as `pom.xml` names them. Starting a broker is in `kafka.py`."""

import hashlib
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from deploy.local.cache import cache_dir, locked
from deploy.local.failures import StackError
from deploy.local.say import say

HERE = Path(__file__).resolve().parent
VERSION = "4.3.1"
LEAST_JAVA = 17
# Changed when what is made once is made in another way.
MADE = "with users and TLS"
FETCH_SECONDS = 600


@dataclass(frozen=True)
class Jars:
    """A Java and the directory with Kafka's jars. `digest` changes with either: what is made from both is named by it."""

    java: str
    home: Path
    digest: str

    @property
    def libs(self) -> Path:
        return self.home / "libs"

    @property
    def class_path(self) -> str:
        """Without a wildcard, which would follow the order of the directory: an archive of classes is bound to the order."""
        return os.pathsep.join(str(jar) for jar in sorted(self.libs.glob("*.jar")))

    @property
    def archive(self) -> Path:
        """Loaded classes, for a quick start; it may be missing."""
        return self.home / f"classes-{self.digest}.jsa"

    @property
    def formatted(self) -> Path:
        """A formatted storage to copy; it may be missing."""
        return self.home / f"formatted-{self.digest}"

    @property
    def prepared(self) -> Path:
        """There once the making of the two was tried."""
        return self.home / f"prepared-{self.digest}"


def find_jars() -> Jars:
    """Fetches Kafka if it is not there yet. Raises StackError when Java or Maven is missing or the fetching fails."""
    java, java_version = _java()
    home = cache_dir() / f"kafka-{VERSION}"
    if not (home / "libs").exists():
        with locked(home):
            if not (home / "libs").exists():
                _fetch(home)
    names = "\n".join([MADE, java_version, str(home), *sorted(jar.name for jar in (home / "libs").glob("*.jar"))])
    return Jars(java, home, hashlib.sha256(names.encode()).hexdigest()[:16])


def _java() -> tuple[str, str]:
    """The `java` to use and what it says of itself."""
    named = Path(os.environ.get("JAVA_HOME", "")) / "bin" / "java"
    java = str(named) if os.environ.get("JAVA_HOME") and named.exists() else shutil.which("java")
    if java is None:
        raise StackError(f"Java {LEAST_JAVA} or newer is needed for Kafka and there is none (Debian: openjdk-17-jre-headless)")
    version = subprocess.run([java, "-version"], capture_output=True, text=True, check=False).stderr
    major = re.search(r'version "(\d+)', version)
    if major is None or int(major[1]) < LEAST_JAVA:
        raise StackError(f"Java {LEAST_JAVA} or newer is needed for Kafka; {java} is older (Debian: openjdk-17-jre-headless)")
    return java, version


def _fetch(home: Path) -> None:
    maven = shutil.which("mvn")
    if maven is None:
        raise StackError("Maven is needed to fetch Kafka and there is none (Debian: maven)")
    say(f"· fetching Kafka {VERSION} with Maven (44 MB, once) …")
    fresh = home / "libs.part"
    shutil.rmtree(fresh, ignore_errors=True)
    command = [maven, "-q", "-B", "-ntp", "-f", str(HERE / "pom.xml"), "dependency:copy-dependencies"]
    command += [f"-DoutputDirectory={fresh}", "-DincludeScope=runtime"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=FETCH_SECONDS, check=False, cwd=home)
    if done.returncode != 0 or not list(fresh.glob(f"kafka-server-{VERSION}.jar")):
        raise StackError(f"Maven could not fetch Kafka:\n{(done.stdout + done.stderr)[-2000:]}")
    fresh.rename(home / "libs")
    say(f"✓ Kafka {VERSION} is in {home}")

"""What must not stand in any file: addresses of package registries, paths of somebody's machine, people's IDs."""

import re

from shared.citizen_id import is_valid, normalise
from tests.house.tree import files, name_of, text_of

TEXT = {".py", ".md", ".toml", ".txt", ".yaml", ".yml", ".json", ".sql", ".xml", ".cfg", ".ini", ".sh", ".properties", ".csv", ""}
TEXTS = [path for path in files() if path.suffix in TEXT]

# In halves, so that this file passes its own test.
HOSTS = [
    "pypi" + ".org",
    "python" + "hosted",
    "repo1." + "maven",
    "repo." + "maven",
    "registry." + "npmjs",
    "proxy." + "golang",
    "deb." + "debian",
    "index" + "-url",
]
MACHINE_PATHS = re.compile(r"(?<![\w./-])/(?:work|farm|root|home)/\w")
OFFICIAL_EXAMPLES = {"1970100000011", "3972200000126", "5973300001008", "1970133450309", "3970259879751", "0097049645320"}
"""Published with the rule itself; all have the office code of no place, or no class that is given out."""


def test_no_registry_and_no_machine_is_named() -> None:
    found = {
        name_of(path): named
        for path in TEXTS
        if (named := [host for host in HOSTS if host in text_of(path)] + MACHINE_PATHS.findall(text_of(path)))
    }
    assert found == {}


def test_no_id_of_a_real_person_is_in_any_file() -> None:
    found = [name_of(path) for path in TEXTS if any(map(_may_be_somebodys, re.findall(r"(?<![\d.])\d{13}(?!\d)", text_of(path))))]
    assert found == [], "they hold a valid ID with the office code of a real place"


def _may_be_somebodys(number: str) -> bool:
    plain = normalise(number)
    return is_valid(plain) and plain[1:3] != "97" and plain not in OFFICIAL_EXAMPLES

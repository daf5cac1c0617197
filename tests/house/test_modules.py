"""Every module says in a few sentences what lives in it, stays small, and looks like its neighbours."""

import ast
import re
import tokenize

import pytest

from tests.house.tree import CODE, ROOT, SERVICES, modules, name_of, nodes, parsed, text_of

SENTENCES = 3
LINES = 300
TEST_LINES = 500
LOOPS_THAT_MUST_SURVIVE = ("shared/consume/", "shared/relay.py")
SAME_FILES = {"__init__.py", "__main__.py", "app.py", "projection.py", "views.py"}
"""In every service under the same name; `api` is a module or a package."""
NO_NAMES = {"utils", "util", "helpers", "helper", "common", "base", "manager", "misc"}

MODULES = modules()


def _sentences(text: str) -> int:
    first_paragraph = re.sub(r"`[^`]*`", "code", text.strip().split("\n\n")[0])
    return len(re.findall(r"[.!?…](?=\s|$)", re.sub(r"…(?=[\s/])", "", first_paragraph)))


def test_a_module_opens_with_a_few_sentences() -> None:
    """An empty `__init__.py` has nothing to say."""
    found = {name_of(path): _sentences(ast.get_docstring(parsed(path)) or "") for path in MODULES if parsed(path).body}
    assert {name: count for name, count in found.items() if not 1 <= count <= SENTENCES} == {}


def test_a_module_is_small() -> None:
    """One that is not is to be split by what it is about."""
    lines = {name_of(path): text_of(path).count("\n") for path in MODULES}
    assert {name: count for name, count in lines.items() if count > (LINES if name.split("/")[0] in CODE else TEST_LINES)} == {}


def test_a_module_is_named_for_what_is_in_it() -> None:
    assert [name_of(path) for path in MODULES if NO_NAMES & set(path.stem.split("_"))] == []


@pytest.mark.parametrize("service", SERVICES)
def test_every_service_has_the_same_files(service: str) -> None:
    home = ROOT / "services" / service
    there = {path.name for path in home.iterdir()}
    assert there >= SAME_FILES
    assert (home / "api.py").is_file() != (home / "api" / "__init__.py").is_file()


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_is_put_together_in_one_place_and_started_in_one_way(service: str) -> None:
    main = (ROOT / "services" / service / "__main__.py").read_text(encoding="utf-8")
    assert f"from services.{service}.app import DEFINITION" in main
    assert "sys.exit(main(DEFINITION))" in main


def test_only_the_loops_that_must_survive_catch_everything() -> None:
    broad = {
        f"{name_of(path)}:{node.lineno}"
        for path in modules(*CODE)
        for node in nodes(path, ast.ExceptHandler)
        if _catches_everything(node)
    }
    assert {place for place in broad if not place.startswith(LOOPS_THAT_MUST_SURVIVE)} == set()


def _catches_everything(handler: ast.ExceptHandler) -> bool:
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(kind is None or (isinstance(kind, ast.Name) and kind.id in ("Exception", "BaseException")) for kind in kinds)


def test_only_settings_read_the_environment() -> None:
    for path in modules("services", "shared"):
        used = {node.attr for node in nodes(path, ast.Attribute)}
        assert not used & {"environ", "getenv", "environb"}, f"{name_of(path)} reads the environment"


def test_every_exception_from_a_check_says_why() -> None:
    silent = []
    for path in MODULES:
        if not re.search("type: ignore|noqa", text_of(path)):
            continue
        with tokenize.open(path) as source:
            for token in tokenize.generate_tokens(source.readline):
                if token.type == tokenize.COMMENT and re.match(r"#\s*(type: ignore|noqa)", token.string):
                    reason = re.sub(r"#\s*(type: ignore|noqa)[^#\s]*[^#a-z]*", "", token.string)
                    if len(reason.split()) < 3:
                        silent.append(f"{name_of(path)}:{token.start[0]}")
    assert silent == []


def test_errors_end_in_error() -> None:
    for path in modules(*CODE):
        for node in nodes(path, ast.ClassDef):
            if any(isinstance(base, ast.Name) and _is_error(base.id) for base in node.bases):
                assert node.name.endswith("Error"), f"{name_of(path)}: {node.name}"


def _is_error(name: str) -> bool:
    return name.endswith("Error") or name in ("Exception", "BaseException")

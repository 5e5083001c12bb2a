"""Conventions that a linter does not know: sizes, docstrings, names, migrations, locks; the whole tree is looked at."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CODE = ("services", "shared", "deploy", "tests", "examples")
LONGEST_FILE = 300
PYTHON = sorted(
    path
    for folder in CODE
    for path in (ROOT / folder).rglob("*.py")
    if "__pycache__" not in path.parts and ".local" not in path.parts
)
MIGRATIONS = sorted(ROOT.glob("services/*/migrations/*.sql")) + sorted(ROOT.glob("shared/migrations/*.sql"))
LOCKS = [
    *(lock for folder in ("services", "examples") for lock in sorted(ROOT.glob(f"{folder}/*/requirements.txt"))),
    ROOT / "requirements-dev.txt",
]


def shown(path: Path) -> str:
    """A path as it is written in the repository."""
    return str(path.relative_to(ROOT))


def parsed(path: Path) -> ast.Module:
    """The module's syntax tree."""
    return ast.parse(path.read_text(encoding="utf-8"))


def public_functions(module: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Functions and methods that others may call: not private, not nested in a function, no magic ones."""
    for node in module.body:
        holders = node.body if isinstance(node, ast.ClassDef) and not node.name.startswith("_") else [node]
        for each in holders:
            if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef) and not each.name.startswith("_"):
                yield each


def annotated_names(module: ast.Module) -> Iterator[tuple[str, str]]:
    """(name, annotation) of every annotated argument and variable, and of every function's answer."""
    for node in ast.walk(module):
        if isinstance(node, ast.arg) and node.annotation is not None:
            yield node.arg, ast.unparse(node.annotation)
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            yield node.target.id, ast.unparse(node.annotation)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.returns is not None:
            yield node.name, ast.unparse(node.returns)


def test_every_module_says_what_it_is_for() -> None:
    """Each Python file begins with a docstring."""
    assert [shown(path) for path in PYTHON if not ast.get_docstring(parsed(path))] == []


def test_no_file_is_too_long_to_be_read_in_one_go() -> None:
    """No Python file is above 300 lines."""
    lengths = {shown(path): len(path.read_text(encoding="utf-8").splitlines()) for path in PYTHON}
    assert {path: length for path, length in lengths.items() if length > LONGEST_FILE} == {}


def test_what_the_library_offers_is_described() -> None:
    """Every public function and method of shared has a docstring."""
    bare = [
        f"{shown(path)}::{function.name}"
        for path in PYTHON
        if path.is_relative_to(ROOT / "shared")
        for function in public_functions(parsed(path))
        if not ast.get_docstring(function)
    ]
    assert bare == []


def test_tests_are_described_in_a_sentence() -> None:
    """Every test says in words what must hold."""
    bare = [
        f"{shown(path)}::{function.name}"
        for path in PYTHON
        if path.name.startswith("test_")
        for function in public_functions(parsed(path))
        if function.name.startswith("test_") and not ast.get_docstring(function)
    ]
    assert bare == []


def test_money_is_never_a_float() -> None:
    """What is counted in cents is an integer everywhere."""
    floats = [
        f"{shown(path)}: {name}: {annotation}"
        for path in PYTHON
        for name, annotation in annotated_names(parsed(path))
        if name.endswith("_cents") and re.search(r"\b(float|Decimal)\b", annotation)
    ]
    assert floats == []


def test_nothing_is_patched_in_tests() -> None:
    """Tests use real parts and fakes that are passed in; none reaches into a module to replace what is there."""
    patched = [
        shown(path)
        for path in PYTHON
        for node in ast.walk(parsed(path))
        if (isinstance(node, ast.ImportFrom) and (node.module or "").startswith(("unittest", "mock")))
        or (isinstance(node, ast.Import) and any(name.name.startswith(("unittest", "mock")) for name in node.names))
        or (isinstance(node, ast.Attribute) and ast.unparse(node) == "monkeypatch.setattr")
    ]
    assert patched == []


@pytest.mark.parametrize("word", ["NotImplementedError", "TODO", "FIXME", "pytest.skip", "mark.skip", "xfail"])
def test_nothing_is_left_for_later(word: str) -> None:
    """A part which is not there is absent, not promised."""
    mentioned = [shown(path) for path in PYTHON if word in path.read_text(encoding="utf-8") and path != Path(__file__)]
    assert mentioned == []


@pytest.mark.parametrize("name", ["utils", "helpers", "helper", "manager", "managers", "common", "misc"])
def test_no_file_has_a_name_that_says_nothing(name: str) -> None:
    """Files are named for what they hold."""
    assert [shown(path) for path in PYTHON if name in (path.stem, path.parent.name)] == []


def test_lint_exceptions_carry_their_reason() -> None:
    """Whoever switches a check off outside of tests says why, beside it."""
    bare = [
        f"{shown(path)}:{number}"
        for path in PYTHON
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if re.search(r"#\s*(noqa|type:\s*ignore)", line)
        and not re.search(r"#\s*(noqa: [A-Z0-9, ]+ - \S|type: ignore\[[\w, -]+\].*#.*\S)", line)
        and not path.is_relative_to(ROOT / "tests")
    ]
    assert bare == []


@pytest.mark.parametrize("path", MIGRATIONS, ids=shown)
def test_a_migration_is_numbered_and_named_and_goes_up(path: Path) -> None:
    """NNNN_verb_noun.sql with both sections of dbmate; the common ones begin with 9."""
    assert re.fullmatch(r"\d{4}_[a-z]+(_[a-z0-9]+)+\.sql", path.name)
    assert path.name.startswith("9") is path.is_relative_to(ROOT / "shared")
    sql = path.read_text(encoding="utf-8")
    assert sql.startswith("-- migrate:up")
    up, _, down = sql.partition("-- migrate:down")
    assert len(up.splitlines()) > 2
    assert down.strip() == "", "we do not go back; the next migration corrects"
    assert not re.search(r"SELECT\s+\*", sql, re.IGNORECASE)


def test_no_two_migrations_of_a_schema_have_the_same_number() -> None:
    """The number is the version by which dbmate knows what was done."""
    for folder in {path.parent for path in MIGRATIONS}:
        numbers = [path.name[:4] for path in folder.glob("*.sql")]
        assert len(numbers) == len(set(numbers)), folder


def test_statements_name_their_columns() -> None:
    """No service reads a row as `*`: old code must run on a newer schema."""
    starred = [
        f"{shown(path)}:{node.lineno}"
        for path in PYTHON
        if path.is_relative_to(ROOT / "services")
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and re.search(r"^\s*SELECT\s+\*|RETURNING\s+\*", node.value)
    ]
    assert starred == []


@pytest.mark.parametrize("path", LOCKS, ids=shown)
def test_locks_are_hashed_and_name_no_place(path: Path) -> None:
    """Every package is pinned to a version with hashes, and where it comes from is left to whoever installs."""
    lock = path.read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line for line in lock.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    assert lines
    for line in lines:
        assert re.match(r"[A-Za-z0-9_.\[\],-]+==\S+ ", line), line
        assert "--hash=sha256:" in line
        assert "://" not in line

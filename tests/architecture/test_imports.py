"""The rules of imports hold, and they bite: a stray file and an import across services each fail the check."""

import shutil
import subprocess
import sysconfig
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
COPIED = ("services", "shared", "deploy")


def lint_imports(root: Path) -> "subprocess.CompletedProcess[str]":
    """Run import-linter over a tree."""
    program = Path(sysconfig.get_path("scripts")) / "lint-imports"
    return subprocess.run(  # noqa: S603 - our own tool over our own tree
        [program, "--no-cache"], cwd=root, capture_output=True, text=True, check=False, timeout=110
    )


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the tree that a test may break; it mends what it broke."""
    root = tmp_path_factory.mktemp("tree")
    for name in COPIED:
        shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", root)
    return root


def test_every_import_points_the_right_way() -> None:
    """The tree as it is keeps all rules."""
    done = lint_imports(ROOT)
    assert done.returncode == 0, done.stdout


@contextmanager
def appended(path: Path, text: str) -> Iterator[None]:
    """Text at the end of a file, which is made when it is not there; all is as before in the end."""
    before = path.read_text() if path.exists() else None
    path.parent.mkdir(exist_ok=True)
    path.write_text((before or "") + text)
    try:
        yield
    finally:
        if before is not None:
            path.write_text(before)
        else:
            path.unlink()
            if not any(path.parent.iterdir()):
                path.parent.rmdir()


BROKEN = {
    "a stray file in a service": ("services/payments/helpers.py", '"""Stray."""\n'),
    "a stray folder in a service": ("services/identity/managers/__init__.py", '"""Stray."""\n'),
    "a stray file in the library": ("shared/utils.py", '"""Stray."""\n'),
    "a service that is not listed": ("services/autopay/__init__.py", '"""New."""\n'),
    "one service imports another": (
        "services/notify/usecases/stray.py",
        '"""Stray."""\n\nfrom services.identity.domain import passwords\n',
    ),
    "the gateway imports a service": (
        "services/gateway/providers/stray.py",
        '"""Stray."""\n\nimport services.payments.settings\n',
    ),
    "a use case imports HTTP": (
        "services/payments/usecases/stray.py",
        '"""Stray."""\n\nfrom services.payments.http import routes\n',
    ),
    "the domain reads the database": (
        "services/payments/domain/stray.py",
        '"""Stray."""\n\nfrom shared.db import Database\n',
    ),
    "the domain does I/O by a package": ("services/identity/domain/stray.py", '"""Stray."""\n\nimport aiohttp\n'),
    "the domain imports a use case": (
        "services/identity/domain/stray.py",
        '"""Stray."""\n\nimport services.identity.usecases.parts\n',
    ),
    "shared imports a service": ("shared/clocks.py", "\nimport services.payments.settings\n"),
    "shared imports a deploy step": ("shared/relay.py", "\nimport deploy.services\n"),
    "the database knows HTTP": ("shared/db.py", "\nimport shared.http.routes\n"),
    "a service imports testing parts": (
        "services/notify/usecases/stray.py",
        '"""Stray."""\n\nimport shared.testing.clock\n',
    ),
    "the processor sandbox knows the portal": (
        "deploy/processor_sandbox/stray.py",
        '"""Stray."""\n\nimport shared.log\n',
    ),
}


@pytest.mark.parametrize("case", sorted(BROKEN))
def test_what_breaks_a_rule_fails_the_check(copy: Path, case: str) -> None:
    """Each kind of disorder, put into a copy of the tree, is found."""
    path, text = BROKEN[case]
    with appended(copy / path, text):
        done = lint_imports(copy)
    assert done.returncode == 1, done.stdout
    assert "BROKEN" in done.stdout


def test_a_file_in_its_slot_is_welcome(copy: Path) -> None:
    """A new file where files of its kind belong needs no change of the rules."""
    refund = '"""New and in its place."""\n\nfrom services.payments import domain\n'
    with appended(copy / "services/payments/domain/refund.py", refund):
        done = lint_imports(copy)
    assert done.returncode == 0, done.stdout

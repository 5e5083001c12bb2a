"""`deploy/local/bootstrap.sh`, with an empty dependency list: what it says, and when it says nothing."""

import asyncio
import shutil
from asyncio.subprocess import PIPE
from pathlib import Path

import pytest

from deploy.local.folder import REPOSITORY


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A clone that needs no packages."""
    (tmp_path / "deploy" / "local").mkdir(parents=True)
    shutil.copy(REPOSITORY / "deploy" / "local" / "bootstrap.sh", tmp_path / "deploy" / "local")
    (tmp_path / "requirements-dev.txt").touch()
    return tmp_path


async def bootstrap(clone: Path) -> list[str]:
    """Run it to its end; the lines it said."""
    process = await asyncio.create_subprocess_exec("sh", "deploy/local/bootstrap.sh", cwd=clone, stdout=PIPE)
    out, _ = await process.communicate()
    assert process.returncode == 0
    return out.decode().splitlines()


async def test_making_the_environment_is_said_before_and_after(clone: Path) -> None:
    """Somebody who waits knows for what; a start with nothing to do says nothing; a new list is work again."""
    first = await bootstrap(clone)
    assert first[0] == "  Making the environment in .venv (about a minute)"
    assert "environment" in first[1]
    assert len(first) == 2
    assert await bootstrap(clone) == []
    (clone / "requirements-dev.txt").write_text("# changed\n")
    assert await bootstrap(clone) != []

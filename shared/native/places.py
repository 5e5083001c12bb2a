"""Where a server's files are: in the folder asked for, or behind a link there when its account could not reach it.

PostgreSQL refuses to run as root. Under root it runs as user `postgres`, who cannot enter a clone below /root.
"""

import contextlib
import hashlib
import os
import pwd
import shutil
import tempfile
from pathlib import Path

from shared.native.processes import ServerFailed, claim, kill_residents

ELSEWHERE = Path("/var/tmp")  # noqa: S108 - kept over a restart, unlike /tmp; folders there get unguessable names


def lock_of(place: Path) -> Path:
    """Return the lock file that belongs to `place`, beside it."""
    return place.with_name(f"{place.name}.lock")


def settle(place: Path, account: pwd.struct_passwd | None) -> Path:
    """Make the folder of a server and return its real path; `account` owns it (None: whoever runs this).

    Where `account` cannot reach `place`, the folder is made in /var/tmp and `place` is a link to it. Folders left there
    by an earlier clone at the same path are removed, with the servers still in them.

    Raises:
        ServerFailed: the folder belongs to someone else.
    """
    place.parent.mkdir(parents=True, exist_ok=True)
    if place.is_symlink() and not place.exists():
        place.unlink()
    owner_uid = account.pw_uid if account else os.getuid()
    if not place.exists():
        if account and not _reaches(account, place.parent.resolve()):
            _link_elsewhere(place)
        else:
            place.mkdir(mode=0o700)
        if account:
            os.chown(place, account.pw_uid, account.pw_gid)
    real = place.resolve()
    if real.stat().st_uid != owner_uid:
        raise ServerFailed(f"{place} was made by another user. Run `make clean` as that user, then again.")
    return real


def _reaches(account: pwd.struct_passwd, folder: Path) -> bool:
    groups = os.getgrouplist(account.pw_name, account.pw_gid)
    for step in (folder, *folder.parents):
        status = step.stat()
        if status.st_uid == account.pw_uid:
            may_enter = status.st_mode & 0o100
        elif status.st_gid in groups:
            may_enter = status.st_mode & 0o010
        else:
            may_enter = status.st_mode & 0o001
        if not may_enter:
            return False
    return True


def _link_elsewhere(place: Path) -> None:
    prefix = f"hcpp-{hashlib.sha256(str(place.absolute()).encode()).hexdigest()[:12]}-"
    for abandoned in ELSEWHERE.glob(f"{prefix}*"):
        kill_residents(abandoned)
        shutil.rmtree(abandoned)
    place.symlink_to(tempfile.mkdtemp(prefix=prefix, dir=ELSEWHERE))


def discard(place: Path) -> None:
    """Remove the folder of a server, wherever it is, and end what is left of its processes.

    Raises:
        AlreadyRunning: a run that still lives uses it.
    """
    if not place.parent.is_dir():
        return
    with claim(lock_of(place)):
        real = place.resolve()
        if real.exists():
            kill_residents(real)
            shutil.rmtree(real)
        with contextlib.suppress(FileNotFoundError):
            place.unlink()
        lock_of(place).unlink()

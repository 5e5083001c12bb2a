"""Finding PostgreSQL, RabbitMQ and a browser for tests on this machine, and installing them where that is possible."""

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

POSTGRES_PROGRAMS = ("initdb", "pg_ctl", "postgres")
POSTGRES_ROOT = Path("/usr/lib/postgresql")
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
BROWSER_PACKAGES = ("chromium", "fonts-liberation")
"""With letters as wide as the usual ones: a bare machine has hardly any font, and pages would look otherwise."""
LOAD_PACKAGE = "wrk"
RABBITMQ_FOLDERS = (Path("/usr/lib/rabbitmq/bin"), Path("/opt/rabbitmq/sbin"))

# The packages start servers of their own: nobody asked for those. What is put in place for the time of the
# installation is taken away again, also when it fails.
INSTALL_SCRIPT = r"""
set -eu
export DEBIAN_FRONTEND=noninteractive
policy=/usr/sbin/policy-rc.d
clusters=/etc/postgresql-common/createcluster.d/health-connector-portal.conf
made_policy=
cleanup() {
    rm -f "$clusters"
    if [ -n "$made_policy" ]; then rm -f "$policy"; fi
}
trap cleanup EXIT
trap 'exit 1' HUP INT TERM
if [ ! -e "$policy" ]; then
    made_policy=yes
    printf '#!/bin/sh\nexit 101\n' > "$policy"
    chmod 755 "$policy"
fi
mkdir -p "${clusters%/*}"
echo 'create_main_cluster = false' > "$clusters"
apt-get -q update
apt-get -q -y -o DPkg::Lock::Timeout=120 --no-install-recommends install "$@"
if command -v systemctl > /dev/null; then
    for package in "$@"; do
        if [ "$package" = rabbitmq-server ]; then
            systemctl disable rabbitmq-server.service epmd.service epmd.socket > /dev/null 2>&1 || true
        fi
    done
fi
"""


class ProgramsMissing(RuntimeError):
    """A program is not on this machine and cannot be installed from here; says what to install."""


class ServersMissing(ProgramsMissing):
    """PostgreSQL or RabbitMQ is missing."""


class LoadMissing(ProgramsMissing):
    """There is no load generator for measurements."""


class BrowserMissing(ProgramsMissing):
    """The tests of pages have no browser."""


def find_postgres() -> Path | None:
    """Return the folder with initdb, pg_ctl and postgres: on PATH, else the newest of Debian's; None where none is."""
    on_path = shutil.which("postgres")
    folders = [Path(on_path).resolve().parent] if on_path else []
    folders += sorted(POSTGRES_ROOT.glob("*/bin"), key=_version, reverse=True)
    return next((folder for folder in folders if all((folder / name).is_file() for name in POSTGRES_PROGRAMS)), None)


def _version(folder: Path) -> float:
    number = re.match(r"\d+(\.\d+)?", folder.parent.name)
    return float(number[0]) if number else 0.0


def find_rabbitmq() -> Path | None:
    """Return the script `rabbitmq-server` as RabbitMQ ships it; None where it or Erlang is missing.

    Debian's /usr/sbin/rabbitmq-server is a wrapper that changes the user: it is passed over for the real one.
    """
    on_path = shutil.which("rabbitmq-server", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    folders = [*RABBITMQ_FOLDERS, *([Path(on_path).resolve().parent] if on_path else [])]
    if shutil.which("erl") is None:
        return None
    return next((folder / "rabbitmq-server" for folder in folders if (folder / "rabbitmq-env").is_file()), None)


def find_browser() -> Path | None:
    """Return a Chromium on PATH; None where none is."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    return Path(found) if found else None


def ensure_installed(say: Callable[[str], None]) -> None:
    """Install the servers that are missing with apt-get, as root or with `sudo -n`; `say` gets a line before that.

    Starts no server of the packages, makes no database cluster, and leaves no setting behind.

    Raises:
        ServersMissing: that is not possible here.
    """
    missing = [] if find_postgres() else ["postgresql"]
    missing += [] if find_rabbitmq() else ["rabbitmq-server"]
    if missing:
        _install(missing, ServersMissing, say)
        if not (find_postgres() and find_rabbitmq()):
            raise ServersMissing(f"{_NOT_WHERE_EXPECTED} {_advice(missing)}")


def ensure_browser(say: Callable[[str], None]) -> None:
    """Install Chromium, with letters to write in, where no browser for the tests of pages is found.

    Raises:
        BrowserMissing: that is not possible here.
    """
    if find_browser() is None:
        _install(BROWSER_PACKAGES, BrowserMissing, say)
        if find_browser() is None:
            raise BrowserMissing(f"{_NOT_WHERE_EXPECTED} {_advice(BROWSER_PACKAGES)}")


def ensure_load(say: Callable[[str], None]) -> None:
    """Install wrk, which measurements are made with, where it is missing.

    Raises:
        LoadMissing: that is not possible here.
    """
    if shutil.which(LOAD_PACKAGE) is None:
        _install([LOAD_PACKAGE], LoadMissing, say)


_NOT_WHERE_EXPECTED = "apt-get installed them, but their programs are not where they should be."


def _advice(packages: Sequence[str]) -> str:
    return (
        f"Install the packages {' and '.join(packages)} (on Debian: apt-get install {' '.join(packages)}), then again."
    )


def _rights_to_install() -> list[str] | None:
    if shutil.which("apt-get") is None:
        return None
    if os.geteuid() == 0:
        return []
    sudo = shutil.which("sudo")
    if sudo and subprocess.run([sudo, "-n", "true"], capture_output=True, check=False).returncode == 0:  # noqa: S603 - fixed arguments
        return [sudo, "-n"]
    return None


def _install(packages: Sequence[str], missing: type[ProgramsMissing], say: Callable[[str], None]) -> None:
    rights = _rights_to_install()
    if rights is None:
        said = "Not on this machine, and not installable without root, sudo and apt-get."
        raise missing(f"{said} {_advice(packages)}")
    say(f"Installing {' and '.join(packages)} with apt-get")
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as output:
        installing = subprocess.Popen(  # noqa: S603 - fixed arguments
            [*rights, "/bin/sh", "-c", INSTALL_SCRIPT, "install", *packages],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        _wait_to_the_end(installing)
        if installing.returncode != 0:
            output.seek(0)
            last = "\n".join(output.read().splitlines()[-8:])
            raise missing(f"apt-get could not install them:\n{last}\n{_advice(packages)}")


def _wait_to_the_end(installing: subprocess.Popen[bytes]) -> None:
    # Half-installed packages are worse than a wait: Ctrl-C counts once apt-get has ended.
    interrupted = False
    while installing.returncode is None:
        try:
            installing.wait()
        except KeyboardInterrupt:
            interrupted = True
    if interrupted:
        raise KeyboardInterrupt

"""docker-compose.yml as its users start it: in a project and on ports of the test's own."""

import json
import os
import subprocess
import time
from collections.abc import Iterator
from typing import Any

import docker
from docker.models.containers import Container

from deploy.local.folder import REPOSITORY
from shared.native.ports import free_port

PORTS = ("PORTAL_PORT", "INBOX_PORT", "PROCESSOR_PORT")
PROJECT = "portal-check"
COMMANDS = (("docker", "compose"), ("docker-compose",))
BUILT_WITHIN_SECONDS = 1800
STARTS_WITHIN_SECONDS = 600
DEMO_WITHIN_SECONDS = 300
RESTARTS_WITHIN_SECONDS = 1.0


def compose_command() -> tuple[str, ...] | None:
    """`docker compose`, else `docker-compose`; None where neither is."""
    for command in COMMANDS:
        try:
            if subprocess.run([*command, "version"], capture_output=True, check=False).returncode == 0:
                return command
        except FileNotFoundError:
            continue
    return None


class Compose:
    """The portal in containers; its images stay, so that the next check need not build them again."""

    def __init__(self, command: tuple[str, ...]) -> None:
        self._command = command
        ports = {name: str(free_port()) for name in PORTS}
        self._environment = {**os.environ, **ports, "COMPOSE_PROJECT_NAME": PROJECT}
        self._engine = docker.from_env()
        self._told: dict[str, Any] = {}

    def up(self) -> None:
        """Build, start, and wait until the last step has ended."""
        self._compose("build", within_seconds=BUILT_WITHIN_SECONDS)
        self._compose("up", "--detach")
        assert self._end_of("demo") == 0, self.log("demo")
        self._told = json.loads(self._compose("run", "--rm", "--no-deps", "-T", "demo", "stack-file"))

    def down(self) -> None:
        """Remove it with its data, and what an interrupted check has left."""
        self._compose("down", "--volumes", "--remove-orphans")

    def told(self) -> dict[str, Any]:
        """What its `stack.json` says."""
        return self._told

    def containers(self) -> Iterator[Container]:
        """All of its containers, those that have ended too."""
        label = f"com.docker.compose.project={PROJECT}"
        yield from self._engine.containers.list(all=True, filters={"label": label})

    def container(self, service: str) -> Container:
        """The container of one service."""
        return next(it for it in self.containers() if it.labels["com.docker.compose.service"] == service)

    def log(self, service: str) -> str:
        """What a service has said."""
        return str(self.container(service).logs().decode(errors="replace"))

    def run_in(self, service: str, *command: str) -> tuple[int, str]:
        """Exit status and output of a command in a running container."""
        status, output = self.container(service).exec_run(list(command))
        return status, output.decode(errors="replace")

    def _end_of(self, step: str) -> int:
        """The exit status of a step; one that is started again has not ended."""
        container = self.container(step)
        while container.status != "exited":
            container.wait(timeout=DEMO_WITHIN_SECONDS)
            time.sleep(RESTARTS_WITHIN_SECONDS)
            container.reload()
        return int(container.attrs["State"]["ExitCode"])

    def _compose(self, *arguments: str, within_seconds: float = STARTS_WITHIN_SECONDS) -> str:
        done = subprocess.run(
            [*self._command, *arguments],
            cwd=REPOSITORY,
            env=self._environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=within_seconds,
        )
        assert done.returncode == 0, f"{' '.join(arguments)}:\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
        return done.stdout

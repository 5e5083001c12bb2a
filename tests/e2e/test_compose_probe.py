"""`deploy/probe.py`, by which whoever runs containers learns whether a service works."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from deploy.local.folder import REPOSITORY
from shared.native.ports import free_port


@contextmanager
def answering(status: int) -> Iterator[int]:
    """A service that answers GET /healthz with `status`; gives its port."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status if self.path == "/healthz" else 404)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_arguments: object) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


def probed(port: int) -> int:
    """How the probe ends; it is started as in a container, where nothing else can be imported."""
    command = [sys.executable, "-I", "deploy/probe.py", "/healthz"]
    return subprocess.run(command, cwd=REPOSITORY, env={"PORTAL_HTTP_PORT": str(port)}, check=False).returncode


@pytest.mark.parametrize(("status", "ends_with"), [(200, 0), (503, 1), (404, 1)])
def test_only_a_good_answer_is_a_good_end(status: int, ends_with: int) -> None:
    """A service that waits for its database, or that is another one, does not count as working."""
    with answering(status) as port:
        assert probed(port) == ends_with


def test_a_service_that_does_not_answer_is_a_bad_end() -> None:
    """No traceback, no hanging: exit status 1."""
    assert probed(free_port()) == 1

"""notify as a process of its own, for tests that kill it."""

import asyncio
import os
import sys

from shared.testing.http import GATEWAY_KEY, PUBLIC_KEY
from tests.notify.conftest import LINK_KEY

NO_BROKER = "amqp://nobody@127.0.0.1:1/"


async def start_notify(
    *only: str, postgres_dsn: str, mail_port: int, amqp_url: str = NO_BROKER, **more: str
) -> asyncio.subprocess.Process:
    """Serve these parts of notify; `more` goes into the environment as it is."""
    environment = {
        **os.environ,
        "PORTAL_ENV": "test",
        "PORTAL_HTTP_PORT": "0",
        "PORTAL_POSTGRES_DSN": postgres_dsn,
        "PORTAL_AMQP_URL": amqp_url,
        "PORTAL_TOKEN_PUBLIC_KEY": PUBLIC_KEY,
        "PORTAL_GATEWAY_KEY": GATEWAY_KEY,
        "PORTAL_URL": "https://portal.example",
        "PORTAL_LINK_KEY": LINK_KEY,
        "PORTAL_SMTP_HOST": "127.0.0.1",
        "PORTAL_SMTP_PORT": str(mail_port),
        "PORTAL_SMTP_FROM": "no-reply@portal.example",
        "PORTAL_SMTP_TLS": "none",
        **more,
    }
    parts = [argument for part in only for argument in ("--only", part)]
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "services.notify",
        "serve",
        *parts,
        env=environment,
        stderr=asyncio.subprocess.DEVNULL,
    )

"""The processor sandbox as a real process on a free port, and the calls that tests make to it."""

import asyncio
import signal
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import aiohttp
from multidict import CIMultiDictProxy

ROOT = Path(__file__).resolve().parents[2]
START_TIMEOUT_SECONDS = 20.0
VISA = "4242424242424242"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    body: Any
    headers: CIMultiDictProxy[str]

    @property
    def code(self) -> str:
        """The code of a refusal."""
        return str(self.body["error"]["code"])


def card_details(number: str = VISA, **changes: object) -> dict[str, Any]:
    """A body for POST /v1/tokens."""
    return {"card": {"number": number, "exp_month": 12, "exp_year": 2040, "cvc": "314"} | changes}


def charge_body(source: str, **changes: object) -> dict[str, Any]:
    """A body for POST /v1/charges."""
    asked = {"amount_cents": 12_345, "currency": "usd", "source": source, "reference": "HC-1", "statement_text": "PLAN"}
    return {**asked, **changes}


class StartProcessor(Protocol):
    """Start a process on a journal, with the options of `SandboxProcess.start`."""

    async def __call__(self, journal: Path, **options: float) -> "SandboxProcess":
        """Start it."""


class SandboxProcess:
    """One running process over a journal file."""

    def __init__(self, process: asyncio.subprocess.Process, url: str, session: aiohttp.ClientSession) -> None:
        self._process = process
        self._session = session
        self.url = url

    @classmethod
    async def start(
        cls, journal: Path, slow_seconds: float = 0.6, silence_seconds: float = 0.6, port: float = 0
    ) -> "SandboxProcess":
        """Start it and wait until it says where it answers."""
        command = [sys.executable, "-m", "deploy.processor_sandbox", "--port", f"{port:.0f}", "--journal", str(journal)]
        held = ["--slow-seconds", str(slow_seconds), "--silence-seconds", str(silence_seconds)]
        process = await asyncio.create_subprocess_exec(*command, *held, cwd=ROOT, stdout=asyncio.subprocess.PIPE)
        assert process.stdout is not None
        async with asyncio.timeout(START_TIMEOUT_SECONDS):
            line = await process.stdout.readline()
        if not line:
            raise RuntimeError(f"the processor sandbox ended with {await process.wait()}")
        return cls(process, line.decode().split()[-1], aiohttp.ClientSession())

    async def kill(self) -> None:
        """Kill -9."""
        await self._end(signal.SIGKILL)

    async def terminate(self) -> tuple[int, float]:
        """SIGTERM; the exit code and how many seconds it took."""
        started = time.monotonic()
        return await self._end(signal.SIGTERM), time.monotonic() - started

    async def _end(self, number: signal.Signals) -> int:
        if self._process.returncode is None:
            self._process.send_signal(number)
        exit_code = await self._process.wait()
        await self._session.close()
        return exit_code

    async def call(self, method: str, path: str, **options: Any) -> Answer:
        """One request, answered in JSON."""
        async with self._session.request(method, self.url + path, **options) as response:
            return Answer(response.status, await response.json(), response.headers)

    async def token(self, number: str = VISA) -> str:
        """A fresh token for a test card."""
        answer = await self.call("POST", "/v1/tokens", json=card_details(number))
        assert answer.status == 201, answer
        return str(answer.body["token"])

    async def card_id(self, number: str = VISA) -> str:
        """A kept test card."""
        answer = await self.call("POST", "/v1/cards", json={"token": await self.token(number)})
        assert answer.status == 201, answer
        return str(answer.body["card_id"])

    async def charge(self, key: str, source: str, **changes: object) -> Answer:
        """Charge `source` under `key`."""
        body = charge_body(source, **changes)
        return await self.call("POST", "/v1/charges", json=body, headers={"Idempotency-Key": key})

    async def void(self, key: str) -> Answer:
        """Void `key`."""
        return await self.call("POST", "/v1/charges/void", json={"key": key})

    async def charges(self, **query: str | int) -> list[dict[str, Any]]:
        """Look charges up."""
        answer = await self.call("GET", "/v1/charges", params=query)
        assert answer.status == 200, answer
        items: list[dict[str, Any]] = answer.body["items"]
        return items

    async def charge_once_there(self, key: str) -> dict[str, Any]:
        """Ask again and again until `key` has its charge."""
        async with asyncio.timeout(5):
            while not (found := await self.charges(key=key)):
                pass
        return found[0]

    async def set_faults(self, **rates: float) -> Answer:
        """Put fault rates in force."""
        return await self.call("PUT", "/v1/faults", json=rates)

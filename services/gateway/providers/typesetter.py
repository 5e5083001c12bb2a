"""Typst, which sets documents as PDF: a process for each (about 50 ms of a processor, 40 MiB while it lasts).

Next: `typeset_once.py` is what the process does; `usecases/write_receipt.py` has documents set.
"""

import asyncio
import sys
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import orjson

GATEWAY = Path(__file__).parents[1]
PROGRAM = Path(__file__).with_name("typeset_once.py")
FONTS = GATEWAY / "static" / "receipt"
FONT_FILE = "PublicSans-Regular.ttf"
AT_A_TIME = 2
WAIT_SECONDS = 2.0
SET_SECONDS = 10.0


class FontsMissing(Exception):
    """The assets were not built; the message says how to build them."""

    def __init__(self, folder: Path) -> None:
        super().__init__(f"there is no {FONT_FILE} in {folder.name}/ of the gateway: build the assets (make portal)")


class TypesetterBusy(Exception):
    """Too much is to be set at once, or it takes too long; asking again is safe."""


class TypesettingFailed(Exception):
    """A document could not be set: its template is wrong. What was in it is not said, it may be personal."""


class Typesetter:
    """Sets documents, AT_A_TIME together; who waits longer than `wait_seconds` for a turn is sent away.

    `set_seconds` is the longest that setting may take; templates read files below `root` only. Raises FontsMissing.
    """

    def __init__(
        self,
        root: Path = GATEWAY,
        fonts: Path = FONTS,
        wait_seconds: float = WAIT_SECONDS,
        set_seconds: float = SET_SECONDS,
    ) -> None:
        if not (fonts / FONT_FILE).is_file():
            raise FontsMissing(fonts)
        self._root = root
        self._fonts = fonts
        self._wait_seconds = wait_seconds
        self._set_seconds = set_seconds
        self._turns = asyncio.Semaphore(AT_A_TIME)

    async def set(self, template: Path, inputs: Mapping[str, str], written_at: datetime) -> bytes:
        """The PDF of a template, given `inputs`; its date is `written_at`. Raises TypesetterBusy, TypesettingFailed."""
        asked = {
            "template": str(template),
            "root": str(self._root),
            "fonts": [str(self._fonts)],
            "inputs": dict(inputs),
            "written_at": int(written_at.timestamp()),
        }
        await self._take_turn()
        try:
            return await self._run(orjson.dumps(asked))
        finally:
            self._turns.release()

    async def _take_turn(self) -> None:
        try:
            async with asyncio.timeout(self._wait_seconds):
                await self._turns.acquire()
        except TimeoutError:
            raise TypesetterBusy from None

    async def _run(self, asked: bytes) -> bytes:
        """One process; it gets no environment, so that it knows no secret of the gateway's."""
        pipe, nothing = asyncio.subprocess.PIPE, asyncio.subprocess.DEVNULL
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-I", str(PROGRAM), stdin=pipe, stdout=pipe, stderr=nothing, env={}
        )
        try:
            async with asyncio.timeout(self._set_seconds):
                pdf, _ = await process.communicate(asked)
        except TimeoutError:
            raise TypesetterBusy from None
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        if process.returncode != 0:
            raise TypesettingFailed
        return pdf

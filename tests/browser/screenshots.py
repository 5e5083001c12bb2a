"""`make screenshots`: every page, every error and every rare state as pictures, to be looked at one by one.

    python -m tests.browser.screenshots [FOLDER]

Both languages, on a phone and on a desk; the names are sorted by the way through the portal. Taken from the portal that
`make up` runs here, else from one of its own.
"""

import asyncio
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import orjson
from playwright.async_api import Browser

from deploy.local.folder import DEFAULT_ROOT, Folder
from tests.browser.launching import open_browser
from tests.browser.sitting_down import sit_down
from tests.browser.stand_ins import sit_down_at_stand_ins
from tests.browser.stories import first_visit
from tests.browser.story_rare import see_rare_pages
from tests.browser.story_states import VERIFIED, be_declined, look_around, plan_and_cancel
from tests.browser.walker import AFTER_DRAWING, Look, Setting, Walker
from tests.e2e.portal import Running
from tests.e2e.stack_process import StackProcess

SETTINGS = [Setting(language, width) for language in ("en", "es") for width in (360, 1280)]


class RunsAlready:
    """The portal of `make up`."""

    def told(self) -> dict[str, object]:
        """What `stack.json` says."""
        content: dict[str, object] = orjson.loads(Folder(DEFAULT_ROOT.absolute()).stack_file.read_bytes())
        return content


def camera(folder: Path) -> Look:
    """Looks at a page by taking a picture of all of it."""
    folder.mkdir(parents=True, exist_ok=True)
    taken = 0

    async def take(walker: Walker, name: str) -> None:
        nonlocal taken
        taken += 1
        # a window as high as the page: frames draw themselves wrongly in Chromium's own pictures of a full page
        page, size = walker.page, walker.page.viewport_size
        assert size is not None
        height = await page.evaluate("() => document.scrollingElement.scrollHeight")
        await page.set_viewport_size({"width": size["width"], "height": max(height, size["height"])})
        await page.evaluate(AFTER_DRAWING)
        await page.screenshot(path=folder / f"{taken:03d}-{name}.png", animations="disabled")
        await page.set_viewport_size(size)

    return take


@asynccontextmanager
async def running() -> AsyncIterator[Running]:
    """The portal that runs here, else one for the time of the pictures."""
    if Folder(DEFAULT_ROOT.absolute()).stack_file.exists():
        yield RunsAlready()
        return
    with tempfile.TemporaryDirectory() as place:
        stack = StackProcess(Path(place) / "local", "--any-ports")
        try:
            await stack.start()
            await stack.until_ready()
            yield stack
        finally:
            await stack.discard()


async def take_all(stack: Running, browser: Browser, setting: Setting, folder: Path) -> None:
    """One language at one width."""
    look = camera(folder / setting.name)
    async with sit_down(stack, browser, setting, look=look) as visitor:
        await first_visit(visitor)
    async with sit_down(stack, browser, setting, look=look, has_account=True) as member:
        await be_declined(member)
        await plan_and_cancel(member)
    for person in VERIFIED:
        async with sit_down(stack, browser, setting, look=look, person=person) as member:
            await look_around(member)
    async with sit_down_at_stand_ins(browser, setting, look=look) as there:
        await see_rare_pages(there)


async def main(folder: Path) -> None:
    """Take all pictures."""
    async with running() as stack, open_browser() as browser:
        for setting in SETTINGS:
            await take_all(stack, browser, setting, folder)


if __name__ == "__main__":
    chosen = Path(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT_ROOT / "screenshots"
    shutil.rmtree(chosen, ignore_errors=True)
    asyncio.run(main(chosen))
    sys.stdout.write(f"{len(list(chosen.rglob('*.png')))} pictures are in {chosen}\n")

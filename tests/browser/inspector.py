"""Looks at the page that is shown: axe finds nothing, nothing is wider than the screen, and no secret stands on it.

Next: `walker.py` calls it at every step of a story.
"""

from collections.abc import Sequence
from pathlib import Path

import axe_playwright_python
from playwright.async_api import Page

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
RUN_AXE = """async (tags) => {
  const found = await axe.run(document, {runOnly: {type: "tag", values: tags}, resultTypes: ["violations"]});
  return found.violations.map((one) => `${one.id}: ${one.help}: ${one.nodes.map((node) => node.html).join(" | ")}`);
}"""
# A browser with JavaScript off still runs what a test hands in, but no timers, which axe goes by.
WITHOUT_TIMERS = """() => {
  window.setTimeout = (step, wait, ...rest) => { if (!wait || wait < 50) Promise.resolve().then(() => step(...rest)); };
}"""
LOOK = """() => ({
  lang: document.documentElement.lang, title: document.title, headings: document.querySelectorAll("h1").length,
  html: document.documentElement.outerHTML,
})"""
TOO_WIDE = """(scale) => {
  document.documentElement.style.fontSize = scale;
  const [needed, there] = [document.scrollingElement.scrollWidth, document.scrollingElement.clientWidth];
  const found = needed <= there ? [] : [...document.querySelectorAll("body *")]
    .filter((it) => it.getBoundingClientRect().right > there + 1 && !it.closest(".usa-sr-only"))
    .map((it) => `${it.tagName} ${it.className} ${it.textContent.trim().slice(0, 40)}`);
  document.documentElement.style.fontSize = "";
  return needed <= there ? "" : `${needed} > ${there}: ${found.slice(0, 6).join("; ")}`;
}"""
PHONE_PIXELS = 600


async def inspect(page: Page, *, language: str, with_scripts: bool, secrets: Sequence[str]) -> list[str]:
    """What is wrong with the page that is shown; `secrets` must not stand in it nor in its address."""
    seen = await page.evaluate(LOOK)
    return [
        *([] if seen["lang"] == language else [f"its language is {seen['lang']}"]),
        *([] if seen["title"].endswith(" Health Connector") else [f"its title is {seen['title']!r}"]),
        *([] if seen["headings"] == 1 else [f"it has {seen['headings']} main headings"]),
        *["a secret stands on it" for secret in secrets if secret in seen["html"] or secret in page.url],
        *[f"one must scroll sideways, {how}" for how in await _too_wide(page)],
        *await run_axe(page, with_scripts=with_scripts),
    ]


async def _too_wide(page: Page) -> list[str]:
    """What is wider than the screen: as it is, and twice as large, by letters on a phone and by zoom on a desk."""
    size = page.viewport_size
    assert size is not None
    as_it_is = await page.evaluate(TOO_WIDE, "")
    if size["width"] <= PHONE_PIXELS:
        twice = await page.evaluate(TOO_WIDE, "200%")
    else:
        await page.set_viewport_size({"width": size["width"] // 2, "height": size["height"] // 2})
        twice = await page.evaluate(TOO_WIDE, "")
        await page.set_viewport_size(size)
    return [f"{how}: {what}" for how, what in (("as it is", as_it_is), ("at 200 %", twice)) if what]


async def run_axe(page: Page, *, with_scripts: bool) -> list[str]:
    """The violations that axe finds on the page and in its frames."""
    if not with_scripts:
        await page.evaluate(WITHOUT_TIMERS)
    for frame in page.frames:
        await frame.evaluate(AXE)
    found: list[str] = await page.evaluate(RUN_AXE, TAGS)
    return [f"axe {problem}" for problem in found]

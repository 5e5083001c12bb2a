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
LOOK = """([scale]) => {
  document.documentElement.style.fontSize = scale;
  const page = document.scrollingElement;
  const fits = page.scrollWidth <= page.clientWidth;
  const wide = fits ? [] : [...document.querySelectorAll("body *")]
    .filter((it) => it.getBoundingClientRect().right > page.clientWidth + 1 && !it.closest(".usa-sr-only"))
    .map((it) => `${it.tagName} ${it.className} ${it.textContent.trim().slice(0, 40)}`);
  document.documentElement.style.fontSize = "";
  return fits ? null : `${page.scrollWidth} > ${page.clientWidth}: ${wide.slice(0, 6).join("; ")}`;
}"""
HEADS = "() => [document.documentElement.lang, document.title, document.querySelectorAll('h1').length]"


async def inspect(page: Page, *, language: str, with_scripts: bool, secrets: Sequence[str]) -> list[str]:
    """What is wrong with the page that is shown; `secrets` must not stand in it nor in its address."""
    lang, title, headings = await page.evaluate(HEADS)
    problems = [
        *([] if lang == language else [f"its language is {lang}"]),
        *([] if title.endswith(" Health Connector") else [f"its title is {title!r}"]),
        *([] if headings == 1 else [f"it has {headings} main headings"]),
    ]
    shown = await page.content()
    problems += ["a secret stands on it" for secret in secrets if secret in shown or secret in page.url]
    for scale in ("100%", "200%"):
        too_wide = await page.evaluate(LOOK, [scale])
        problems += [f"with text at {scale} one must scroll sideways: {too_wide}"] if too_wide else []
    return problems + await run_axe(page, with_scripts=with_scripts)


async def run_axe(page: Page, *, with_scripts: bool) -> list[str]:
    """The violations that axe finds on the page and in its frames."""
    if not with_scripts:
        await page.evaluate(WITHOUT_TIMERS)
    for frame in page.frames:
        await frame.evaluate(AXE)
    found: list[str] = await page.evaluate(RUN_AXE, TAGS)
    return [f"axe {problem}" for problem in found]

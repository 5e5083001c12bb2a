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
LOOK = """() => {
  const root = document.documentElement;
  const wide = {};
  for (const scale of ["100%", "200%"]) {
    root.style.fontSize = scale;
    const [needed, there] = [document.scrollingElement.scrollWidth, document.scrollingElement.clientWidth];
    if (needed <= there) continue;
    const found = [...document.querySelectorAll("body *")]
      .filter((it) => it.getBoundingClientRect().right > there + 1 && !it.closest(".usa-sr-only"))
      .map((it) => `${it.tagName} ${it.className} ${it.textContent.trim().slice(0, 40)}`);
    wide[scale] = `${needed} > ${there}: ${found.slice(0, 6).join("; ")}`;
  }
  root.style.fontSize = "";
  return {
    lang: root.lang, title: document.title, headings: document.querySelectorAll("h1").length, wide,
    html: root.outerHTML,
  };
}"""


async def inspect(page: Page, *, language: str, with_scripts: bool, secrets: Sequence[str]) -> list[str]:
    """What is wrong with the page that is shown; `secrets` must not stand in it nor in its address."""
    seen = await page.evaluate(LOOK)
    return [
        *([] if seen["lang"] == language else [f"its language is {seen['lang']}"]),
        *([] if seen["title"].endswith(" Health Connector") else [f"its title is {seen['title']!r}"]),
        *([] if seen["headings"] == 1 else [f"it has {seen['headings']} main headings"]),
        *["a secret stands on it" for secret in secrets if secret in seen["html"] or secret in page.url],
        *[f"with text at {scale} one must scroll sideways: {what}" for scale, what in seen["wide"].items()],
        *await run_axe(page, with_scripts=with_scripts),
    ]


async def run_axe(page: Page, *, with_scripts: bool) -> list[str]:
    """The violations that axe finds on the page and in its frames."""
    if not with_scripts:
        await page.evaluate(WITHOUT_TIMERS)
    for frame in page.frames:
        await frame.evaluate(AXE)
    found: list[str] = await page.evaluate(RUN_AXE, TAGS)
    return [f"axe {problem}" for problem in found]

"""The HTML of a mail as its reader meets it: what is shown, where links lead, what would be fetched or run."""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

SILENT = frozenset({"head", "style", "title", "script"})
VOID = frozenset({"meta", "br", "img", "link", "hr", "input"})
SOURCES = frozenset({"src", "srcset", "background", "data", "poster", "action", "formaction"})
HIDDEN = re.compile(r"display:\s*none")


@dataclass(slots=True)
class Page:
    """One mail. `words`: each text that is shown, in order; `preheader`: what inboxes show beside the subject."""

    tags: list[str] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    preheader: str = ""
    links: list[str] = field(default_factory=list)
    sources: list[str] = field(default_factory=list)
    handlers: list[str] = field(default_factory=list)
    languages: set[str] = field(default_factory=set)
    styles: list[str] = field(default_factory=list)

    @property
    def shown(self) -> str:
        """All that is shown, as one line."""
        return " ".join(" ".join(self.words).split())


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.page = Page()
        self.within: list[tuple[str, bool]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        page = self.page
        page.tags.append(tag)
        page.styles.append(values.get("style", ""))
        page.links += [values["href"]] if "href" in values else []
        page.sources += [values[name] for name in SOURCES & values.keys()]
        page.handlers += [name for name in values if name.startswith("on")]
        page.languages |= {values["lang"]} if "lang" in values else set()
        if tag not in VOID:
            self.within.append((tag, bool(HIDDEN.search(values.get("style", "")))))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        assert self.within[-1][0] == tag, f"</{tag}> closes <{self.within[-1][0]}>"
        self.within.pop()

    def handle_data(self, text: str) -> None:
        tags = {tag for tag, _ in self.within}
        if "style" in tags:
            self.page.styles.append(text)
        elif any(hidden for _, hidden in self.within):
            self.page.preheader += text
        elif not tags & SILENT:
            self.page.words.append(text)


def read_html(html: str) -> Page:
    """Read a mail's HTML. Raises AssertionError when an element is closed by another one's end."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    assert reader.within == []
    return reader.page

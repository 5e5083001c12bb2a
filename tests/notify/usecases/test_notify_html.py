"""The letters as HTML: they say what the text says, lead to the portal only, fetch nothing, and break at no name."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notify.domain.catalog import Language, NoticeKind
from services.notify.usecases.write_letter import write_letter
from tests.notify import facts
from tests.notify.html_reader import Page, read_html
from tests.notify.write_golden import FACTS, LETTERS, PORTAL_URL, letter

MARKUP = [
    "<b>Zoë</b>",
    "Zoë & Co",
    '"Zoë" <x@y>',
    "</mj-text><mj-raw>",
    "]]>",
    "<!-- Zoë",
    "&lt;Zoë",
    "{{ fact }}",
    "''",
]


def page_of(name: str, language: Language) -> Page:
    """One of the agreed letters as its reader meets it."""
    return read_html(letter(name, language).html or "")


def words_of(text: str) -> list[str]:
    """The words, without addresses, the dashes of lists, colons and commas, and the period behind a link."""
    found = re.findall(r"[^\s:,]+", re.sub(r"https://\S+|^ +- ", "", text, flags=re.MULTILINE))
    return [word.rstrip(".") for word in found if word != "."]


@pytest.mark.parametrize("name", LETTERS)
@pytest.mark.parametrize("language", Language)
def test_the_html_says_what_the_text_says(name: str, language: Language) -> None:
    """Below the header stand the words of the text, all of them and no others, in the same order."""
    shown = words_of(page_of(name, language).shown)
    header = ["HC", "Health", "Connector", *{"en": "Payment Portal", "es": "Portal de pagos"}[language].split()]
    assert shown == header + words_of(letter(name, language).body)


@pytest.mark.parametrize("name", LETTERS)
@pytest.mark.parametrize("language", Language)
def test_the_links_are_those_of_the_text(name: str, language: Language) -> None:
    """Every address in the text is a link in the HTML, and there is none but to the portal's own pages."""
    in_text = set(re.findall(r"https://\S+", letter(name, language).body))
    links = page_of(name, language).links
    assert set(links) == in_text
    assert all(link == PORTAL_URL or link.startswith(f"{PORTAL_URL}/") for link in links)


@pytest.mark.parametrize("name", LETTERS)
@pytest.mark.parametrize("language", Language)
def test_nothing_is_fetched_and_nothing_runs(name: str, language: Language) -> None:
    """No image, script, form, font or style sheet from anywhere: nobody learns that the letter was opened."""
    page = page_of(name, language)
    assert not {"img", "script", "iframe", "object", "link", "form", "video", "svg"} & set(page.tags)
    assert (page.sources, page.handlers) == ([], [])
    assert not any("url(" in style or "@import" in style or "expression(" in style for style in page.styles)


@pytest.mark.parametrize("name", LETTERS)
@pytest.mark.parametrize("language", Language)
def test_the_language_and_a_preheader_are_told(name: str, language: Language) -> None:
    """A screen reader speaks the right language, and the inbox shows more than "Hello"."""
    page = page_of(name, language)
    assert page.languages == {language.value}
    assert 15 < len(page.preheader) < 120
    assert page.preheader not in letter(name, language).subject


@pytest.mark.parametrize("name", LETTERS)
def test_at_most_one_button(name: str) -> None:
    """Where there is something to do, one thing stands out."""
    html = letter(name, Language.EN).html or ""
    assert len(re.findall(r'<td[^>]*class="button"', html)) <= 1


def test_the_sum_and_the_day_stand_out() -> None:
    """What is due, and when, is set larger than the rest of a bill."""
    html = letter("bill_issued", Language.EN).html or ""
    sizes = {
        text: int(size) for size, text in re.findall(r"font-size:(\d+)px[^>]*><span[^>]*>[^<]*</span>([^<]+)<", html)
    }
    assert sizes == {"$321.50": 34, "December 23, 2026": 24}


def test_what_was_paid_is_a_table() -> None:
    """Each coverage month is a row of a table that a screen reader can walk through."""
    html = letter("payment_succeeded", Language.EN).html or ""
    assert re.search(r'<th scope="col"[^>]*>What it paid</th>', html)
    assert re.search(
        r'<th scope="row"[^>]*>January 2027<span[^>]*>policy HP-100200</span></th><td[^>]*>\$321\.50</td>', html
    )


@pytest.mark.parametrize("name", MARKUP)
@pytest.mark.parametrize("kind", NoticeKind)
def test_a_name_is_shown_as_it_is(kind: NoticeKind, name: str) -> None:
    """Somebody called <b>Zoë</b> is greeted so: no name becomes an element, a comment or an entity."""
    page = read_html(_html(kind, first_name=name))
    assert f"Hello {name}," in page.shown
    assert page.tags == read_html(_html(kind, first_name="Zoë")).tags


@given(st.text())
def test_no_name_breaks_the_letter(name: str) -> None:
    """Whatever somebody types as a name, the letter is written, and has the elements that it always has."""
    page = read_html(_html(NoticeKind.PAYMENT_SUCCEEDED, first_name=name))
    assert page.tags == read_html(_html(NoticeKind.PAYMENT_SUCCEEDED, first_name="Zoë")).tags


@pytest.mark.parametrize("text", MARKUP)
def test_no_value_of_a_fact_breaks_the_letter(text: str) -> None:
    """A reference or policy number from elsewhere is text as well, in the subject and inside an address too."""
    fact = facts.payment_succeeded(reference=text, statement_text=text, method_brand=text)
    html = write_letter(
        kind=NoticeKind.PAYMENT_SUCCEEDED, fact=fact, first_name="Zoë", language=Language.EN, portal_url=PORTAL_URL
    ).html
    assert read_html(html or "").tags == page_of("payment_succeeded", Language.EN).tags


def test_colors_can_be_read() -> None:
    """Each color of text on each ground of the letter has the contrast that WCAG 2.2 asks for (AA: 4.5)."""
    pairs = [
        ("#1b1b1b", "#ffffff"),
        ("#46525a", "#ffffff"),
        ("#46525a", "#f5f6f7"),
        ("#0b4f5c", "#ffffff"),
        ("#0b4f5c", "#f5f6f7"),
        ("#f2f4f4", "#1d2629"),
        ("#9adbe6", "#1d2629"),
        ("#9adbe6", "#12181a"),
        ("#c3ced2", "#1d2629"),
        ("#c3ced2", "#12181a"),
        ("#0a2a31", "#9adbe6"),
    ]
    html = letter("payment_succeeded", Language.EN).html or ""
    used = set(re.findall(r"(?<![-\w])color:(#[0-9a-f]{6})", html)) - {"#ffffff"}
    assert used <= {text for text, _ in pairs}
    assert [pair for pair in pairs if _contrast(*pair) < 4.5] == []


def _html(kind: NoticeKind, first_name: str) -> str:
    written = write_letter(
        kind=kind, fact=FACTS[kind], first_name=first_name, language=Language.EN, portal_url=PORTAL_URL
    )
    return written.html or ""


def _contrast(one: str, other: str) -> float:
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(color: str) -> float:
    parts = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue

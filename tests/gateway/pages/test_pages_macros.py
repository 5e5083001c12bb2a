"""The macros that all pages are made of: hints and errors belong to their fields, and what was typed stays typed."""

import re
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from services.gateway.domain.form import Form
from services.gateway.domain.wording import Language
from services.gateway.http.pages.assets import Assets
from services.gateway.http.pages.rendering import TEMPLATES, Renderer

MACRO = re.compile(r"{% macro ([a-z]\w*)\(")
EVERY_STATUS = [
    "scheduled", "awaiting_funds", "accepted", "processing", "succeeded", "declined", "returned", "refunded",
    "partially_refunded", "canceled", "disputed", "open", "paid", "past_due", "void",
]  # fmt: skip


@pytest.fixture(scope="module")
def renderer() -> Renderer:
    """The real templates and assets."""
    return Renderer(Assets())


def _shown(renderer: Renderer, source: str, language: Language = Language.EN, **context: Any) -> str:
    """A piece of a template that knows all macros, as HTML with single blanks."""
    environment = renderer._environments[language]
    parts = ("parts/forms.html", "parts/page.html")
    macros = {part: MACRO.findall((TEMPLATES / part).read_text(encoding="utf-8")) for part in parts}
    imports = "".join(f'{{% from "{part}" import {", ".join(names)} %}}' for part, names in macros.items())
    return re.sub(r"\s+", " ", environment.from_string(imports + source).render(context)).strip()


def test_a_field_keeps_what_was_typed_and_is_never_markup(renderer: Renderer) -> None:
    """Somebody called <b> is a person, not a tag."""
    html = _shown(renderer, '{{ text_field(form, "first", "First name") }}', form=Form({"first": '"><b>Nora'}))
    assert 'value="&#34;&gt;&lt;b&gt;Nora"' in html
    assert "<b>" not in html


def test_an_error_stands_in_its_field_and_is_read_with_it(renderer: Renderer) -> None:
    """A screen reader says label, hint and error together."""
    form = Form({"email": "nora@"})
    form.refuse("email", "Enter an email address.")
    html = _shown(renderer, '{{ text_field(form, "email", "Email", hint="For receipts.", type="email") }}', form=form)
    assert 'aria-describedby="email-hint email-error" aria-invalid="true"' in html
    assert re.search(r'id="email-error">.*Enter an email address\.', html)
    assert 'for="email"' in html


def test_a_field_without_error_says_nothing_of_one(renderer: Renderer) -> None:
    """Nothing is wrong before anybody typed."""
    html = _shown(renderer, '{{ text_field(form, "first", "First name") }}', form=Form())
    assert "aria-invalid" not in html
    assert "aria-describedby" not in html


def test_what_may_be_left_out_is_marked(renderer: Renderer) -> None:
    """What must be filled in is not: it is the rule."""
    html = _shown(renderer, '{{ text_field(form, "middle", "Middle name", optional=true) }}', form=Form())
    assert "(optional)" in html


def test_the_summary_leads_to_each_field(renderer: Renderer) -> None:
    """All that is wrong, on top, in the order of the page."""
    form = Form()
    form.refuse("first", "Enter your first name.")
    form.refuse("date_of_birth", "Enter your date of birth.")
    html = _shown(
        renderer,
        '{{ error_summary(form) }}{{ text_field(form, "first", "A") }}{{ date_field(form, "date_of_birth", "Born") }}',
        form=form,
    )
    assert "Please check 2 things" in html
    for target in re.findall(r'<li><a href="#(\w+)">', html):
        assert f'id="{target}"' in html


def test_no_errors_make_no_summary(renderer: Renderer) -> None:
    """An empty red box frightens."""
    assert _shown(renderer, "{{ error_summary(form) }}", form=Form()) == ""


def test_a_password_is_never_filled_in_again(renderer: Renderer) -> None:
    """Neither the value nor a trace of it comes back."""
    form = Form({"password": "Willow-Bridge-27"})
    html = _shown(renderer, '{{ password_field(form, "password", "Password", strength=true) }}', form=form)
    assert "Willow" not in html
    assert "value=" not in html


def test_a_date_keeps_its_three_parts(renderer: Renderer) -> None:
    """Also one that does not exist."""
    form = Form({"born_month": "02", "born_day": "30", "born_year": "1988"})
    form.refuse("born", "February 1988 had no day 30.")
    html = _shown(renderer, '{{ date_field(form, "born", "Date of birth", birth=true) }}', form=form)
    assert re.search(r'<option value="2" selected>2 - February</option>', html)
    assert 'value="30"' in html
    assert 'value="1988"' in html
    assert html.count('aria-invalid="true"') == 3
    assert 'autocomplete="bday-month"' in html


@pytest.mark.parametrize(
    ("language", "parts"),
    [
        (Language.EN, ["December 23, 2026,", "3:04 PM,", "New York time"]),
        (Language.ES, ["23 de diciembre de 2026,", "3:04 p.m.,", "hora de Nueva York"]),
    ],
)
def test_no_line_begins_with_the_comma_of_a_time(renderer: Renderer, language: Language, parts: list[str]) -> None:
    """Day, time and zone are each kept on one line, with the comma behind them."""
    at = datetime(2026, 12, 23, 20, 4, tzinfo=UTC)
    wholes = [f'<span class="portal-whole">{part}</span>' for part in parts]
    assert _shown(renderer, "{{ at | new_york_time }}", language, at=at) == " ".join(wholes)
    wholes[1] = wholes[1].replace(",", "")
    assert _shown(renderer, "{{ at | moment }}", language, at=at) == " ".join(wholes[:2])


def test_months_are_in_the_readers_language(renderer: Renderer) -> None:
    """Spanish has its own."""
    html = _shown(renderer, '{{ date_field(form, "born", "Nacimiento") }}', Language.ES, form=Form())
    assert "12 - diciembre" in html


def test_the_chosen_option_stays_chosen(renderer: Renderer) -> None:
    """Radio buttons, selects and checkboxes remember."""
    form = Form({"method": "new", "topic": "b", "keep": "yes"})
    options = [
        {"value": "visa", "label": "Visa"},
        {"value": "new", "label": "Another", "disabled": True, "hint": "A card"},
    ]
    html = _shown(
        renderer,
        '{{ radio_field(form, "method", "How?", options) }}'
        '{{ select_field(form, "topic", "What?", [{"value": "b", "label": "B"}], empty="Choose") }}'
        '{{ checkbox_field(form, "keep", "Keep it") }}',
        form=form,
        options=options,
    )
    assert 'value="new" checked disabled' in html
    assert 'value="visa" checked' not in html
    assert '<option value="b" selected>' in html
    assert 'name="keep" value="yes" checked' in html


def test_money_has_its_sign_beside_it(renderer: Renderer) -> None:
    """A phone shows the keys for numbers."""
    html = _shown(renderer, '{{ money_field(form, "amount", "Amount", value="25.00") }}', form=Form())
    assert 'aria-hidden="true">$<' in html
    assert 'inputmode="decimal"' in html
    assert 'value="25.00"' in html


def test_a_long_text_begins_where_it_began(renderer: Renderer) -> None:
    """An empty first line is kept, and the text ends within its field."""
    form = Form({"message": "\nHello</textarea>"})
    html = (
        renderer._environments[Language.EN]
        .from_string(
            '{% from "parts/forms.html" import textarea_field %}{{ textarea_field(form, "message", "T", maxlength=9) }}'
        )
        .render(form=form)
    )
    assert ">\n\nHello&lt;/textarea&gt;</textarea>" in html


def test_the_card_has_fields_for_the_answer_of_its_frame(renderer: Renderer) -> None:
    """The page itself never has a field for a card number."""
    html = _shown(
        renderer, '{{ card_frame(form, "http://processor.test/frame/card", when="method=new") }}', form=Form()
    )
    assert re.findall(r'<input type="hidden" name="(\w+)"', html) == [
        "card_token",
        "card_brand",
        "card_last4",
        "card_expires",
    ]
    assert "needs JavaScript" in html
    assert 'data-when="method=new"' in html


@pytest.mark.parametrize("status", EVERY_STATUS)
@pytest.mark.parametrize("language", Language)
def test_a_state_is_a_word_and_a_picture(renderer: Renderer, status: str, language: Language) -> None:
    """Never a color alone."""
    html = _shown(renderer, "{{ status_tag(status) }}", language, status=status)
    assert re.fullmatch(r'<span class="portal-status [\w -]+"><svg .*</svg>[A-ZÁ][\w ]+</span>', html)


def test_steps_say_where_one_is(renderer: Renderer) -> None:
    """In words, for those who do not see the bar."""
    html = _shown(renderer, '{{ steps(["About you", "Password", "Done"], 2) }}')
    assert "Step 2 of 3" in html
    assert html.count('aria-current="step"') == 1


def test_a_table_names_its_cells_where_it_is_cards(renderer: Renderer) -> None:
    """On a phone each value stands beside the name of its column."""
    html = _shown(
        renderer,
        '{{ table("Payments", [{"label": "Date"}, {"label": "Amount", "number": true}], [["Dec 3", "$1.00"]]) }}',
    )
    assert '<th role="rowheader" scope="row" data-label="Date">Dec 3</th>' in html
    assert '<td role="cell" data-label="Amount" class="portal-number">$1.00</td>' in html


def test_an_empty_place_says_what_will_be_there(renderer: Renderer) -> None:
    """And what to do."""
    html = _shown(renderer, '{{ empty("No payments yet", "They are listed here.", ("Make a Payment", "/pay")) }}')
    assert '<a class="usa-button usa-button--outline" href="/pay">Make a Payment</a>' in html


@pytest.mark.parametrize(("member", "wanted"), [(None, "/log-in"), (SimpleNamespace(verified=True), "/payments")])
def test_the_menu_fits_who_is_there(renderer: Renderer, member: object, wanted: str) -> None:
    """Visitors are let in, members are led around; the place where one is is marked."""
    page = SimpleNamespace(
        language="en", other_language="es", path="/bills?x=<", member=member, csrf="token", here=wanted[1:],
        notice=None, support_phone="1-800-555-0134", idle_seconds=None if member is None else 900, is_sandbox=True,
    )  # fmt: skip
    shown = {
        "page": page,
        "status": 500,
        "heading": "Oh",
        "words": "Again.",
        "wait": "",
        "again": "",
        "form_at": "",
        "request_id": "0123456789abcdef",
    }
    html = renderer.html("error.html", Language.EN, shown)
    assert html.count(f'<a href="{wanted}" aria-current="page">') == 2
    assert ('action="/log-out"' in html) == (member is not None)
    assert ("data-idle-seconds" in html) == (member is not None)
    assert 'name="back" value="/bills?x=&lt;"' in html
    assert "<title>Oh \N{EN DASH} Health Connector</title>" in html
    assert 'href="tel:1-800-555-0134"' in html
    assert "89ab cdef" in html

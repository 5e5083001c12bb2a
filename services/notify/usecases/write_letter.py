"""Write the letter of a notice: the catalog's template in the reader's language, filled with the fact.

One template gives both forms, so that they cannot say different things: `parts.txt` and `letter.txt` make plain text
of it, `parts.mjml` and `letter.mjml` MJML, which mrml turns into HTML that mail readers show well.

Every value that a template prints is kept on its line, so that a name or policy number can begin neither a header nor
a line of its own, and is escaped in HTML. A missing value is an error, never an empty place. Next:
`providers/mail.py` sends it.
"""

import re
from functools import partial
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from mrml import RenderOptions, to_html

from services.notify.domain import wording
from services.notify.domain.catalog import BillFact, Language, NoticedFact, NoticeKind, row_of
from services.notify.domain.decline import decline_reason
from services.notify.domain.delivery import Letter
from services.notify.domain.link import masked_link
from shared.contracts.payments import PaymentDeclinedV1, PaymentScheduledV1

TEMPLATES = Path(__file__).parent.parent / "templates"
NO_FONTS = RenderOptions(fonts={})  # by itself it has the reader fetch those that it knows by name
BLANK_LINES = re.compile(r"\n{3,}")


def write_letter(
    *, kind: NoticeKind, fact: NoticedFact, first_name: str | None, language: Language, portal_url: str
) -> Letter:
    """The subject, always one line, the text and the HTML; a one-time link in it is masked.

    Raises jinja2.UndefinedError or ValueError for a bad fact.
    """
    template = f"{language}/{row_of(kind).template}"
    values = _values(fact, first_name, portal_url)
    in_text = TEXT[language].get_template(template)
    subject = "".join(in_text.blocks["subject"](in_text.new_context(values)))
    body = BLANK_LINES.sub("\n\n", in_text.render(values)).strip() + "\n"
    html = to_html(MJML[language].get_template(template).render(values), render_options=NO_FONTS).content + "\n"
    return Letter(subject=wording.one_line(subject), body=body, html=html)


def _values(fact: NoticedFact, first_name: str | None, portal_url: str) -> dict[str, Any]:
    values: dict[str, Any] = {
        "fact": fact,
        "first_name": first_name,
        "portal_url": portal_url,
        "one_time_link": masked_link(portal_url),
    }
    if isinstance(fact, PaymentDeclinedV1):
        values["reason"] = decline_reason(fact.decline_code).value
    if isinstance(fact, PaymentScheduledV1):
        values["can_cancel"] = fact.occurred_at < fact.cancel_until
    if isinstance(fact, BillFact):
        values["owed_cents"] = fact.total_cents - fact.paid_cents - fact.in_flight_cents
    return values


def _environment(language: Language, form: str) -> Environment:
    environment = Environment(
        autoescape=True,
        finalize=_line if form == "mjml" else _plain_line,
        keep_trailing_newline=True,
        loader=FileSystemLoader(TEMPLATES),
        lstrip_blocks=True,
        trim_blocks=True,
        undefined=StrictUndefined,
    )
    environment.filters["money"] = partial(wording.money, language=language)
    environment.filters["day"] = partial(wording.day, language=language)
    environment.filters["new_york_time"] = partial(wording.new_york_time, language=language)
    environment.filters["month"] = partial(wording.month, language=language)
    environment.filters["brand"] = wording.brand
    environment.filters["device"] = partial(wording.device, language=language)
    environment.globals["language"] = language.value
    environment.globals["layout"] = f"letter.{form}"
    environment.globals["part"] = environment.get_template(f"parts.{form}").module
    return environment


def _line(value: object) -> object:
    return wording.one_line(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _plain_line(value: object) -> object:
    """As `_line`, and not to be escaped: plain text has no markup that a value could break."""
    line = _line(value)
    return Markup(line) if isinstance(line, str) else line  # noqa: S704 - it never becomes HTML


TEXT = {language: _environment(language, "txt") for language in Language}
MJML = {language: _environment(language, "mjml") for language in Language}

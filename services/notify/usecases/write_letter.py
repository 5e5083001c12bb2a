"""Write the letter of a notice: the catalog's template in the reader's language, filled with the fact.

Every value that a template prints is kept on its line, so that a name or policy number can begin neither a header nor
a line of its own. A missing value is an error, never an empty place. Next: `providers/mail.py` sends it.
"""

import re
from functools import partial
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from services.notify.domain import wording
from services.notify.domain.catalog import Language, NoticedFact, NoticeKind, row_of
from services.notify.domain.decline import decline_reason
from services.notify.domain.delivery import Letter
from shared.contracts.payments import BillIssuedV1, PaymentDeclinedV1

TEMPLATES = Path(__file__).parent.parent / "templates"
BLANK_LINES = re.compile(r"\n{3,}")


def write_letter(
    *, kind: NoticeKind, fact: NoticedFact, first_name: str, language: Language, portal_url: str
) -> Letter:
    """The subject, always one line, and the plain text. Raises jinja2.UndefinedError or ValueError for a bad fact."""
    template = ENVIRONMENTS[language].get_template(f"{language}/{row_of(kind).template}")
    values: dict[str, Any] = {"fact": fact, "first_name": first_name, "portal_url": portal_url}
    if isinstance(fact, PaymentDeclinedV1):
        values["reason"] = decline_reason(fact.decline_code).value
    if isinstance(fact, BillIssuedV1):
        values["owed_cents"] = fact.total_cents - fact.paid_cents - fact.in_flight_cents
    body = template.render(values)
    subject = "".join(template.blocks["subject"](template.new_context(values)))
    return Letter(subject=wording.one_line(subject), body=BLANK_LINES.sub("\n\n", body).strip() + "\n")


def _environment(language: Language) -> Environment:
    environment = Environment(
        autoescape=False,  # noqa: S701 - plain text, not HTML
        finalize=_shown,
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
    return environment


def _shown(value: object) -> object:
    return wording.one_line(value) if isinstance(value, str) else value


ENVIRONMENTS = {language: _environment(language) for language in Language}

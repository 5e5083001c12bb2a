"""Templates to HTML, in both languages: everything escaped, a missing value is an error and never an empty place.

Next: `page.py` calls it with what a page has to show.
"""

import re
from collections.abc import Mapping
from datetime import date, datetime
from functools import partial
from gettext import NullTranslations
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from services.gateway.domain import wording
from services.gateway.domain.marked import N_
from services.gateway.domain.wording import Language
from services.gateway.http.pages.assets import Assets
from services.gateway.http.pages.catalogs import load_translations

TEMPLATES = Path(__file__).parents[2] / "templates"
NEW_YORK_TIME = N_("New York time")
UNBROKEN = re.compile(r"[^\s<>]+(?:\N{NO-BREAK SPACE}[^\s<>]+)+")


class Renderer:
    """Renders the templates below `templates/`."""

    def __init__(self, assets: Assets) -> None:
        self._translations = {language: load_translations(language) for language in Language}
        self._environments = {
            language: _environment(language, translations, assets)
            for language, translations in self._translations.items()
        }

    def html(self, template: str, language: Language, context: Mapping[str, Any]) -> str:
        """A page. Raises jinja2.UndefinedError when a value is missing."""
        return self._environments[language].get_template(template).render(context)

    def text(self, language: Language, words: str) -> str:
        """A text in a language."""
        return self._translations[language].gettext(words)

    def texts(self, language: Language, one: str, many: str, count: int) -> str:
        """A text that depends on a count."""
        return self._translations[language].ngettext(one, many, count)


def _environment(language: Language, translations: NullTranslations, assets: Assets) -> Environment:
    environment = Environment(
        autoescape=True,
        extensions=["jinja2.ext.i18n"],
        loader=FileSystemLoader(TEMPLATES),
        lstrip_blocks=True,
        trim_blocks=True,
        undefined=StrictUndefined,
    )
    environment.install_gettext_translations(translations, newstyle=True)  # type: ignore[attr-defined] # by the extension
    environment.policies["ext.i18n.trimmed"] = True
    environment.globals["asset"] = assets.url
    for name, of in _filters(language, translations).items():
        environment.filters[name] = of
    return environment


def _filters(language: Language, translations: NullTranslations) -> dict[str, Any]:
    return {
        "money": partial(_money, language=language),
        "day": partial(_day, language=language),
        "day_short": partial(_day_short, language=language),
        "month": partial(_month, language=language),
        "moment": partial(_moment, language=language),
        "new_york_time": partial(_new_york_time, language=language, zone=translations.gettext(NEW_YORK_TIME)),
        "with_whole_days": _with_whole_days,
        "brand": wording.brand,
        "expiry": wording.expiry,
    }


def _money(amount_cents: int, language: Language) -> str:
    return wording.money(amount_cents, language)


def _day(on: date, language: Language) -> Markup:
    return _whole(wording.day(on, language))


def _day_short(on: date, language: Language) -> Markup:
    return _whole(wording.day_short(on, language))


def _month(of: date | str, language: Language) -> str:
    return wording.month(of, language)


def _moment(at: datetime, language: Language) -> Markup:
    """As it is said; a line ends after the day or nowhere."""
    return _listed(*_day_and_time(at, language))


def _new_york_time(at: datetime, language: Language, zone: str) -> Markup:
    """`December 23, 2026, 3:04 PM, New York time`."""
    return _listed(*_day_and_time(at, language), zone)


def _day_and_time(at: datetime, language: Language) -> list[str]:
    return wording.moment(at, language).rsplit(", ", 1)


def _with_whole_days(words: str) -> Markup:
    """A text with days in it that `wording.unbroken` has joined."""
    return Markup(UNBROKEN.sub(lambda day: _whole(day[0].replace("\N{NO-BREAK SPACE}", " ")), str(escape(words))))  # noqa: S704 - escaped


def _listed(*parts: str) -> Markup:
    """Parts with commas between them, each whole with its comma: no line begins with one."""
    return Markup(" ").join([*(_whole(f"{part},") for part in parts[:-1]), _whole(parts[-1])])


def _whole(said: str) -> Markup:
    """As the macro `whole` in parts/page.html has it: on one line, unless the letters are too large for that."""
    return Markup('<span class="portal-whole">{}</span>').format(said)

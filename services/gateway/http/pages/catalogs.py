"""The translations: every `.po` file of a language, merged. English is the text itself. Next: `rendering.py`."""

from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from services.gateway.domain.wording import Language

LOCALE = Path(__file__).parents[2] / "locale"


def read_catalog(language: Language, folder: Path = LOCALE) -> Catalog:
    """All messages of a language. Raises ValueError when two files translate one text differently."""
    merged = Catalog(locale=language.value)
    for path in sorted((folder / language.value).glob("*.po")):
        with path.open("rb") as opened:
            for message in read_po(opened, locale=language.value):
                if not message.id:
                    continue
                known = merged.get(message.id, message.context)
                if known is not None and known.string != message.string:
                    raise ValueError(f"{path.name} translates {message.id!r} in another way than a file before it")
                merged[message.id] = message
    return merged


def load_translations(language: Language) -> NullTranslations:
    """What templates and pages translate by."""
    if language is Language.EN:
        return NullTranslations()
    compiled = BytesIO()
    write_mo(compiled, read_catalog(language))
    compiled.seek(0)
    return GNUTranslations(compiled)

"""Every text of the pages has its Spanish one, and nothing Spanish is left over."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir

from services.gateway.domain.wording import Language
from services.gateway.http.pages.catalogs import load_translations, read_catalog

GATEWAY = Path(__file__).parents[3] / "services" / "gateway"
KEYWORDS = {"_": None, "N_": None, "gettext": None, "ngettext": (1, 2)}
PLACES = re.compile(r"%\(\w+\)[sd]")
METHODS = [
    ("domain/**.py", "python"),
    ("http/**.py", "python"),
    ("usecases/**.py", "python"),
    ("templates/**.html", "jinja2"),
]


def _extracted() -> Iterator[tuple[str, str | tuple[str, ...]]]:
    options = {"templates/**.html": {"trimmed": "true", "silent": "false"}}
    for name, _line, message, _comments, _context in extract_from_dir(
        str(GATEWAY), method_map=METHODS, options_map=options, keywords=KEYWORDS
    ):
        yield name, tuple(message) if isinstance(message, (list, tuple)) else message


def _texts() -> dict[str | tuple[str, ...], str]:
    return {message: name for name, message in _extracted()}


def test_every_text_is_there_in_spanish() -> None:
    """Who reads Spanish meets no English sentence."""
    catalog = read_catalog(Language.ES)
    missing = []
    for message, name in _texts().items():
        one = message if isinstance(message, str) else message[0]
        found = catalog.get(one)
        said = () if found is None else (found.string if isinstance(found.string, tuple) else (found.string,))
        if found is None or found.fuzzy or not said or not all(said):
            missing.append(f"{name}: {message!r}")
    assert not missing, "\n".join(missing)


def test_nothing_is_translated_that_is_not_said() -> None:
    """A translation that no page uses is taken out."""
    said = {message if isinstance(message, str) else message[0] for message in _texts()}
    left_over = [
        message.id
        for message in read_catalog(Language.ES)
        if message.id and (message.id if isinstance(message.id, str) else message.id[0]) not in said
    ]
    assert left_over == []


def test_translations_have_the_same_places_for_values() -> None:
    """A sum or a name is never lost in translation."""
    for message in read_catalog(Language.ES):
        ids = (message.id,) if isinstance(message.id, str) else message.id
        strings = (message.string,) if isinstance(message.string, str) else tuple(message.string or ())
        wanted = {place for one in ids for place in PLACES.findall(one)}
        for string in strings:
            assert set(PLACES.findall(string)) == wanted, message.id


def test_english_is_the_text_itself() -> None:
    """Needs no catalog."""
    assert load_translations(Language.EN).gettext("Log In") == "Log In"


def test_two_files_may_not_translate_one_text_in_two_ways(tmp_path: Path) -> None:
    """One word per thing, in Spanish too."""
    folder = tmp_path / "es"
    folder.mkdir()
    head = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\n'
    (folder / "a.po").write_text(f'{head}msgid "bill"\nmsgstr "factura"\n', encoding="utf-8")
    (folder / "b.po").write_text(f'{head}msgid "bill"\nmsgstr "cuenta"\n', encoding="utf-8")
    with pytest.raises(ValueError, match="in another way"):
        read_catalog(Language.ES, tmp_path)

"""The card form that the pay page frames: whom it lets frame it, what it may load, and the words it says."""

import re
from dataclasses import dataclass
from html.parser import HTMLParser

import aiohttp
import orjson
import pytest

from deploy.processor_sandbox.errors import FieldInvalid
from deploy.processor_sandbox.frame import FOLDER, framing_origin
from tests.processor_sandbox.sandbox_process import SandboxProcess, card_details

PORTAL = "http://127.0.0.1:8080"
TEXTS = orjson.loads((FOLDER / "texts.json").read_bytes())


@dataclass(frozen=True, slots=True)
class File:
    """A file as a browser gets it."""

    status: int
    text: str
    headers: dict[str, str]


async def fetch(processor: SandboxProcess, path: str, **query: str) -> File:
    """GET a file of the frame."""
    async with aiohttp.ClientSession() as session, session.get(processor.url + path, params=query) as response:
        return File(response.status, await response.text(), dict(response.headers))


def policy_of(file: File) -> dict[str, str]:
    """The policy, directive by directive."""
    directives = (part.strip().partition(" ") for part in file.headers["Content-Security-Policy"].split(";"))
    return {name: sources for name, _, sources in directives}


class Elements(HTMLParser):
    """Every element of a page with its attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note it."""
        self.found.append((tag, dict(attrs)))

    def named(self, tag: str) -> list[dict[str, str | None]]:
        """The attributes of every such element."""
        return [attributes for name, attributes in self.found if name == tag]


async def test_only_the_portal_may_frame_the_form(processor: SandboxProcess) -> None:
    """The page names the portal as the one that may frame it, and allows itself its own files and nothing else."""
    page = await fetch(processor, "/frame/card", lang="en", origin=PORTAL)
    assert page.status == 200
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert policy_of(page) == {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "connect-src": "'self'",
        "form-action": "'none'",
        "base-uri": "'none'",
        "frame-ancestors": PORTAL,
    }
    assert "X-Frame-Options" not in page.headers, "it knows no other origin, and would forbid the frame"


@pytest.mark.parametrize(
    ("path", "content_type"), [("/frame/card.js", "text/javascript"), ("/frame/card.css", "text/css")]
)
async def test_script_and_look_come_as_they_are(processor: SandboxProcess, path: str, content_type: str) -> None:
    """Both files are served whole under their own type, so that `nosniff` lets a browser use them."""
    file = await fetch(processor, path)
    assert (file.status, file.headers["Content-Type"]) == (200, f"{content_type}; charset=utf-8")
    assert file.text == (FOLDER / path.rsplit("/", 1)[-1]).read_text(encoding="utf-8")
    assert policy_of(file)["frame-ancestors"] == "'none'"


@pytest.mark.parametrize("path", ["/frame/card", "/frame/card.js", "/frame/card.css"])
async def test_nothing_of_the_frame_is_kept_or_guessed_at(processor: SandboxProcess, path: str) -> None:
    """No cache keeps the form, no browser guesses its type, and no address is passed on."""
    query = {"lang": "es", "origin": PORTAL} if path == "/frame/card" else {}
    headers = (await fetch(processor, path, **query)).headers
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"


@pytest.mark.parametrize("language", TEXTS)
async def test_every_field_has_its_words(processor: SandboxProcess, language: str) -> None:
    """Label, hint, place for an error and the errors themselves are there for each field, in the language asked for."""
    page = await fetch(processor, "/frame/card", lang=language, origin=PORTAL)
    elements = Elements(page.text)
    assert elements.named("html") == [{"lang": language, "data-parent-origin": PORTAL}]
    labels = {label["for"] for label in elements.named("label")}
    ids = {attributes["id"] for _, attributes in elements.found if "id" in attributes}
    fields = elements.named("input")
    assert [field["autocomplete"] for field in fields] == ["cc-number", "cc-exp", "cc-csc"]
    for field in fields:
        assert field["id"] in labels
        assert field["inputmode"] == "numeric"
        assert set(str(field["aria-describedby"]).split()) <= ids
        assert field["data-missing"] in TEXTS[language].values()
        assert field["data-wrong"] in TEXTS[language].values()
    alerts = [attributes for _, attributes in elements.found if attributes.get("role") == "alert"]
    assert len(alerts) == len(fields)


def test_both_languages_say_the_same_things() -> None:
    """What is said in English is said in Spanish, and the page says every sentence there is."""
    asked = set(re.findall(r"\$([a-z_]+)", (FOLDER / "card.html").read_text(encoding="utf-8"))) - {"lang", "origin"}
    assert {language: set(texts) for language, texts in TEXTS.items()} == {"en": asked, "es": asked}
    assert all(text.strip() for texts in TEXTS.values() for text in texts.values())


async def test_the_page_holds_no_script_and_no_style_of_its_own(processor: SandboxProcess) -> None:
    """Script and look are files, as the policy wants them: nothing inline that a browser would refuse."""
    elements = Elements((await fetch(processor, "/frame/card", lang="en", origin=PORTAL)).text)
    assert [script["src"] for script in elements.named("script")] == ["/frame/card.js"]
    assert elements.named("style") == []
    inline = [name for _, attributes in elements.found for name in attributes if name == "style" or name[:2] == "on"]
    assert inline == []


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({}, "lang"),
        ({"origin": PORTAL}, "lang"),
        ({"lang": "fr", "origin": PORTAL}, "lang"),
        ({"lang": "EN", "origin": PORTAL}, "lang"),
        ({"lang": "en"}, "origin"),
        ({"lang": "en", "origin": "*"}, "origin"),
        ({"lang": "en", "origin": f"{PORTAL}; script-src *"}, "origin"),
        ({"lang": "en", "origin": f"{PORTAL}\r\nSet-Cookie: a=b"}, "origin"),
    ],
)
async def test_a_wrong_question_gets_no_form(processor: SandboxProcess, query: dict[str, str], field: str) -> None:
    """Without a language of ours and a proper origin there is no form, and the answer names what was wrong."""
    answer = await processor.call("GET", "/frame/card", params=query)
    assert (answer.status, answer.body["error"]["field"]) == (422, field)
    assert "frame-ancestors" not in answer.headers.get("Content-Security-Policy", "")


@pytest.mark.parametrize(
    "origin",
    [
        "https://portal.example",
        "https://pay.portal-1.example:8443",
        "http://localhost:3000",
        "http://127.0.0.1:8080",
        "http://localhost",
    ],
)
def test_an_origin_is_taken_as_browsers_write_it(origin: str) -> None:
    """Sites with HTTPS and this machine may frame the form."""
    assert framing_origin(origin) == origin


@pytest.mark.parametrize(
    "origin",
    [
        "",
        "*",
        "'self'",
        "null",
        "https:",
        "https://",
        "https://*.example",
        "https://portal.example/",
        "https://portal.example/pay",
        "https://Portal.example",
        "https://user@portal.example",
        "https://portal..example",
        "https://-portal.example",
        "https://portal.example https://other.example",
        "https://portal.example;",
        "https://portal.example\n",
        "https://portal.example:443",
        "https://portal.example:0",
        "https://portal.example:65536",
        "https://pörtal.example",
        "http://portal.example",
        "http://127.0.0.1.portal.example",
        "http://localhost:80",
        "javascript:alert(1)",
        "data:text/html,",
        "file:///",
        "https://" + "a" * 300,
    ],
)
def test_anything_else_is_no_origin(origin: str) -> None:
    """Wildcards, paths, several at once, plain http from afar and what could add to the policy are refused."""
    with pytest.raises(FieldInvalid) as refusal:
        framing_origin(origin)
    assert refusal.value.field == "origin"


async def test_a_token_comes_with_what_may_be_shown(processor: SandboxProcess) -> None:
    """The page that frames the form learns brand, last four and expiry with the token, and no number."""
    answer = await processor.call("POST", "/v1/tokens", json=card_details("378282246310005", exp_month=3))
    assert answer.status == 201
    token = answer.body.pop("token")
    assert token.startswith("tok_")
    assert answer.body == {"brand": "amex", "last4": "0005", "expires": "2040-03"}

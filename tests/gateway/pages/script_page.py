"""One page with everything that scripts touch, and a frame of another origin that answers as it is told.

Next: `test_pages_scripts.py` opens it in a real browser.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace

from aiohttp import web

from services.gateway.domain.form import Form
from services.gateway.domain.wording import Language
from services.gateway.http.pages.assets import Assets
from services.gateway.http.pages.page import content_security_policy
from services.gateway.http.pages.rendering import Renderer

IDLE_SECONDS = 900
CONTENT = """
{% extends "layout.html" %}
{% from "parts/forms.html" import card_frame, csrf, error_summary, password_field, radio_field, submit, text_field,
  textarea_field %}
{% block title %}Scripts{% endblock %}
{% block content %}
<h1>Scripts</h1>
{{ error_summary(form) }}
<form method="post" action="/sent">
  {{ csrf(page) }}
  {{ text_field(form, "first", "First name") }}
  {{ password_field(form, "password", "Password", strength=true) }}
  {{ textarea_field(form, "message", "Message", maxlength=20) }}
  {{ radio_field(form, "method", "Card", cards) }}
  {{ card_frame(form, frame_url, when="method=new") }}
  {{ submit("Pay", busy="Paying") }}
</form>
{% endblock %}
"""
CARDS = [{"value": "old", "label": "Visa"}, {"value": "new", "label": "Another card"}]
FRAME = (
    '<!doctype html><html lang="en"><title>Card</title><body><button>Enter</button><script src="/frame.js"></script>'
)
FRAME_SCRIPT = """
const portal = new URLSearchParams(location.search).get("origin");
const say = (message) => parent.postMessage(message, portal);
const token = {token: "tok_1", brand: "visa", last4: "4242", expires: "2030-12"};
const answers = ["invalid", "failed", "token"];
document.querySelector("button").onclick = () => say({type: "card-frame:submit"});
addEventListener("message", (event) => {
  if (event.origin !== portal || event.data.type !== "card-frame:tokenize") return;
  say({type: "card-frame:token", request_id: "of another request", ...token, token: "tok_wrong"});
  say({type: `card-frame:${answers.shift()}`, request_id: event.data.request_id, ...token});
});
say({type: "card-frame:ready"});
say({type: "card-frame:height", pixels: 222});
"""


@dataclass
class ScriptPage:
    """Where the page is, and what it sent."""

    url: str = ""
    sent: list[dict[str, str]] = field(default_factory=list)
    touched_with: list[str | None] = field(default_factory=list)


@asynccontextmanager
async def serve_script_page() -> AsyncIterator[ScriptPage]:
    """The page and its frame, each at an origin of its own."""
    frame = web.Application()
    frame.router.add_get("/frame/card", _text(FRAME, "text/html"))
    frame.router.add_get("/frame.js", _text(FRAME_SCRIPT, "text/javascript"))
    async with _serving(frame) as frame_origin:
        page = ScriptPage()
        async with _serving(_portal(page, frame_origin)) as page.url:
            yield page


@asynccontextmanager
async def _serving(app: web.Application) -> AsyncIterator[str]:
    """Serve at a free port; a browser that keeps its connections open holds nothing up."""
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


def _portal(page: ScriptPage, frame_origin: str) -> web.Application:
    assets = Assets()
    renderer = Renderer(assets)

    async def show(request: web.Request) -> web.Response:
        form = Form()
        if "wrong" in request.query:
            form.refuse("first", "Enter your first name.")
            form.refuse("method", "Choose a card.")
        shown = SimpleNamespace(
            language="en", other_language="es", path="/", member=SimpleNamespace(verified=True), csrf="of-the-page",
            here="pay", notice=None, support_phone="1-800-555-0134", idle_seconds=IDLE_SECONDS, is_sandbox=True,
        )  # fmt: skip
        template = renderer._environments[Language.EN].from_string(CONTENT)
        html = template.render(page=shown, form=form, cards=CARDS, frame_url=f"{frame_origin}/frame/card")
        policy = content_security_policy(frame_origin)
        return web.Response(text=html, content_type="text/html", headers={"Content-Security-Policy": policy})

    async def send(request: web.Request) -> web.Response:
        page.sent.append({name: str(value) for name, value in (await request.post()).items()})
        return web.Response(text="<!doctype html><title>Sent</title><p>Sent", content_type="text/html")

    async def touch(request: web.Request) -> web.Response:
        page.touched_with.append(request.headers.get("X-CSRF"))
        return web.Response(status=204)

    app = web.Application()
    app.router.add_get("/", show)
    app.router.add_post("/sent", send)
    app.router.add_post("/session/touch", touch)
    app.router.add_get("/log-in", _text("<!doctype html><title>Log In</title>", "text/html"))
    app.router.add_get("/static/{name}", assets.serve)
    app.router.add_get("/favicon.ico", _text("", "image/x-icon"))
    return app


def _text(text: str, kind: str) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def answer(_request: web.Request) -> web.Response:
        return web.Response(text=text, content_type=kind)

    return answer

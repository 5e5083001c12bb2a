"""What is built of services/gateway/assets: small, complete, and nothing that the pages' policy would refuse."""

import re
from pathlib import Path

import pytest

from services.gateway.http.pages.assets import STATIC, Assets, AssetsMissing
from services.gateway.http.pages.rendering import TEMPLATES

MOST_STYLE_BYTES = 200_000
MOST_SCRIPT_BYTES = 20_000
ASKED_FOR = re.compile(r"url\(\"?([^)\"]*)\"?\)")
ICON = re.compile(r"icon\(\"(\w+)\"\)")
INLINE = re.compile(r"<style|<script(?![^>]*\ssrc=)|\sstyle=|\son[a-z]+=|javascript:|data:[a-z]+/", re.I)


def _built(logical_name: str) -> str:
    return (STATIC / Path(Assets().url(logical_name)).name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["portal.css", "swagger-ui.css"])
def test_a_stylesheet_asks_for_files_beside_it_alone(name: str) -> None:
    """No `data:` address and no other host: the policy of the pages would refuse both."""
    asked = {address for address in ASKED_FOR.findall(_built(name)) if address and not address.startswith("#")}
    assert asked
    assert {address for address in asked if not (STATIC / address).is_file()} == set()


def test_styles_and_scripts_are_small() -> None:
    """A phone on a slow line gets a page within a moment."""
    assert len(_built("portal.css")) < MOST_STYLE_BYTES
    assert len(_built("portal.js")) < MOST_SCRIPT_BYTES
    assert len(_built("card-frame.js")) < MOST_SCRIPT_BYTES


def test_every_icon_of_the_templates_is_in_the_sprite() -> None:
    """An icon that nobody put there would be an empty place."""
    templates = "".join(path.read_text(encoding="utf-8") for path in TEMPLATES.rglob("*.html"))
    there = set(re.findall(r"<symbol id=\"(\w+)\"", _built("icons.svg")))
    assert set(ICON.findall(templates)) <= there


@pytest.mark.parametrize("path", sorted(TEMPLATES.rglob("*.html")), ids=lambda path: path.name)
def test_a_template_has_nothing_inline(path: Path) -> None:
    """No script, style or handler stands in a page itself."""
    assert INLINE.findall(path.read_text(encoding="utf-8")) == []


def test_the_name_of_a_file_follows_its_content() -> None:
    """Browsers may keep a file for ever, since a new one has a new name."""
    assert re.fullmatch(r"/static/portal\.[0-9a-f]{12}\.css", Assets().url("portal.css"))


def test_assets_that_were_not_built_say_how_to_build_them(tmp_path: Path) -> None:
    """Instead of pages without any look."""
    with pytest.raises(AssetsMissing, match="make portal"):
        Assets(tmp_path)

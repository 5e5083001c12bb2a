"""Styles, scripts, fonts and pictures: built into `static/`, with a hash in each name so that browsers may keep them.

Next: `rendering.py` puts their addresses into pages.
"""

import gzip
import mimetypes
from pathlib import Path

import orjson
from aiohttp import web

STATIC = Path(__file__).parents[2] / "static"
FOR_EVER = "public, max-age=31536000, immutable"
TYPES = {".woff2": "font/woff2", ".svg": "image/svg+xml", ".js": "text/javascript", ".css": "text/css"}


class AssetsMissing(Exception):
    """The assets were not built; the message says how to build them."""

    def __init__(self, folder: Path) -> None:
        super().__init__(f"there is no {folder.name}/manifest.json in the gateway: build the assets (make portal)")


class Assets:
    """The built files by their logical names; what is text is kept a second time, compressed."""

    def __init__(self, folder: Path = STATIC) -> None:
        try:
            self._names: dict[str, str] = orjson.loads((folder / "manifest.json").read_bytes())
        except FileNotFoundError:
            raise AssetsMissing(folder) from None
        self._files = {name: (folder / name).read_bytes() for name in set(self._names.values())}
        self._small = {name: gzip.compress(body, mtime=0) for name, body in self._files.items() if _is_text(name)}

    def url(self, logical_name: str) -> str:
        """The address of a file. Raises KeyError for one that was not built."""
        return f"/static/{self._names[logical_name]}"

    async def serve(self, request: web.Request) -> web.Response:
        """GET /static/{name}: from memory; anything else is 404."""
        name = request.match_info["name"]
        body = self._files.get(name)
        if body is None:
            raise web.HTTPNotFound
        kind = TYPES.get(Path(name).suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"
        charset = "utf-8" if kind.startswith("text/") else None
        headers = {"Cache-Control": FOR_EVER}
        if name in self._small:
            headers["Vary"] = "Accept-Encoding"
            if "gzip" in request.headers.get("Accept-Encoding", ""):
                headers["Content-Encoding"] = "gzip"
                body = self._small[name]
        return web.Response(body=body, content_type=kind, charset=charset, headers=headers)


def _is_text(name: str) -> bool:
    return Path(name).suffix in (".css", ".js", ".svg")

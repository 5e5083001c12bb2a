"""Requests as bytes that no client sends in good faith, and a socket to send them by.

`test_http_raw.py` sends them to a service, `tests/fuzz/test_raw_at_the_gateway.py` to the gateway.
"""

import asyncio
import gzip
import re
import zlib
from urllib.parse import urlsplit

CANARY = b"canary-5f1e"
HOST = b"Host: a\r\n"
GOOD = b'{"name":"x","amount_cents":1}'
SILENCE_SECONDS = 0.2
PATIENCE_SECONDS = 10.0
NOT_OURS = (b"canary", b"CANARY", b"Python", b"aiohttp", b"Traceback", b"llhttp", b"bytearray")
"""What no answer holds: what was sent, and what our software is called."""


async def connect(url: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A connection to whoever answers at a URL."""
    return await asyncio.open_connection("127.0.0.1", urlsplit(url).port)


async def send(url: str, content: bytes, *, then_end: bool = False, until_closed: bool = False) -> bytes:
    """What comes back, until the connection is closed or nothing more comes; fails when nothing comes at all."""
    reader, writer = await connect(url)
    came = b""
    try:
        writer.write(content)
        if then_end:
            writer.write_eof()
        while True:
            async with asyncio.timeout(SILENCE_SECONDS if came and not until_closed else PATIENCE_SECONDS):
                chunk = await reader.read(65536)
            if not chunk:
                return came
            came += chunk
    except ConnectionError:
        return came
    except TimeoutError:
        assert came, "no answer"
        assert not until_closed, "the connection stays open"
        return came
    finally:
        writer.close()


def statuses(came: bytes) -> list[int]:
    """The statuses of the answers, in their order."""
    return [int(status) for status in re.findall(rb"HTTP/\d\.\d (\d{3}) ", came)]


def post(headers: bytes, body: bytes = b"", path: bytes = b"/v1/things") -> bytes:
    """A POST as bytes."""
    return b"POST " + path + b" HTTP/1.1\r\n" + HOST + headers + b"\r\n" + body


CHUNKED = b"Transfer-Encoding: chunked\r\n"
UNREADABLE = {
    "no HTTP": CANARY + b"\r\n\r\n",
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(100),
    "SSH": b"SSH-2.0-canary-5f1e\r\n",
    "HTTP/0.9": b"GET /\r\n\r\n",
    "HTTP/0.9 with a body": b"POST /\r\n\r\nname=canary-5f1e",
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "HTTP/2 in an old line": b"GET / HTTP/2.0\r\n" + HOST + b"\r\n",
    "HTTP/3 in an old line": b"GET / HTTP/3.0\r\n" + HOST + b"\r\n",
    "HTTP/1.1 written otherwise": b"GET / http/1.1\r\n" + HOST + b"\r\n",
    "a version that is none": b"GET / HTTP/canary-5f1e\r\n" + HOST + b"\r\n",
    "a version with more places": b"GET / HTTP/1.10\r\n" + HOST + b"\r\n",
    "a word too many in the first line": b"GET / canary-5f1e HTTP/1.1\r\n" + HOST + b"\r\n",
    "a method that is none": b"G\x00T / HTTP/1.1\r\n" + HOST + b"\r\n",
    "a made-up method": b"CANARY-5F1E / HTTP/1.1\r\n" + HOST + b"\r\n",
    "a method in small letters": b"get / HTTP/1.1\r\n" + HOST + b"\r\n",
    "a very long method": b"A" * 20_000 + b" / HTTP/1.1\r\n" + HOST + b"\r\n",
    "a very long address": b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\n" + HOST + b"\r\n",
    "a very long query": b"GET /?" + b"a" * 20_000 + b" HTTP/1.1\r\n" + HOST + b"\r\n",
    "a NUL in the address": b"GET /\x00 HTTP/1.1\r\n" + HOST + b"\r\n",
    "an address that is none": b"GET http://[canary-5f1e HTTP/1.1\r\n" + HOST + b"\r\n",
    "a port that is none": b"GET http://a:canary-5f1e/ HTTP/1.1\r\n" + HOST + b"\r\n",
    "a header without a colon": b"GET / HTTP/1.1\r\n" + HOST + CANARY + b"\r\n\r\n",
    "a header without a name": b"GET / HTTP/1.1\r\n" + HOST + b": canary-5f1e\r\n\r\n",
    "a header name with a space": b"GET / HTTP/1.1\r\n" + HOST + b"canary 5f1e: x\r\n\r\n",
    "a header name with a NUL": b"GET / HTTP/1.1\r\n" + HOST + b"canary\x005f1e: x\r\n\r\n",
    "a header name of other letters": b"GET / HTTP/1.1\r\n" + HOST + b"canary-\xc3\xa9: x\r\n\r\n",
    "a space before the colon": b"GET / HTTP/1.1\r\n" + HOST + b"canary-5f1e : x\r\n\r\n",
    "a space before the colon of a length": post(b"Content-Length : 3\r\n", b"abc"),
    "a blank before the first header": b"GET / HTTP/1.1\r\n canary-5f1e: x\r\n" + HOST + b"\r\n",
    "a NUL in a header": b"GET / HTTP/1.1\r\n" + HOST + b"X: canary-5f1e\x00\r\n\r\n",
    "a folded header": b"GET / HTTP/1.1\r\n" + HOST + b"X: a\r\n canary-5f1e\r\n\r\n",
    "a folded coding": post(b"Transfer-Encoding:\r\n chunked\r\n", b"0\r\n\r\n"),
    "a bare CR in a header": b"GET / HTTP/1.1\r\n" + HOST + b"X: a\rcanary-5f1e: b\r\n\r\n",
    "a bare CR as a line end": b"GET / HTTP/1.1\rHost: a\r\r",
    "a bare LF in a header": b"GET / HTTP/1.1\r\n" + HOST + b"X: a\ncanary-5f1e: b\r\n\r\n",
    "bare LFs as line ends": b"GET / HTTP/1.1\nHost: a\n\n",
    "a bare LF at the end of the headers": b"GET / HTTP/1.1\r\nHost: a\r\n\n",
    "a very long header": b"GET / HTTP/1.1\r\n" + HOST + b"X: " + b"a" * 20_000 + b"\r\n\r\n",
    "a very long header name": b"GET / HTTP/1.1\r\n" + HOST + b"X" * 20_000 + b": a\r\n\r\n",
    "very many headers": b"GET / HTTP/1.1\r\n" + HOST + b"".join(b"X%d: 1\r\n" % n for n in range(1000)) + b"\r\n",
    "very many large headers": b"GET / HTTP/1.1\r\n" + HOST + (b"X: " + b"a" * 8_000 + b"\r\n") * 300 + b"\r\n",
    "no host": b"GET / HTTP/1.1\r\nX: a\r\n\r\n",
    "two hosts": b"GET / HTTP/1.1\r\n" + HOST + b"Host: canary-5f1e\r\n\r\n",
    "two equal hosts": b"GET / HTTP/1.1\r\n" + HOST + HOST + b"\r\n",
    "a host that is none": b"GET / HTTP/1.1\r\nHost: canary-5f1e/x?y\r\n\r\n",
    "a host with a name and password": b"GET / HTTP/1.1\r\nHost: canary-5f1e@a\r\n\r\n",
    "a host with a blank": b"GET / HTTP/1.1\r\nHost: a b\r\n\r\n",
    "an empty host": b"GET / HTTP/1.1\r\nHost:\r\n\r\n",
    "length and chunks": post(b"Content-Length: 3\r\n" + CHUNKED, b"0\r\n\r\n"),
    "chunks and length": post(CHUNKED + b"Content-Length: 3\r\n", b"0\r\n\r\n"),
    "two lengths": post(b"Content-Length: 3\r\nContent-Length: 5\r\n", b"abcde"),
    "two equal lengths": post(b"Content-Length: 3\r\nContent-Length: 3\r\n", b"abc"),
    "two lengths in one": post(b"Content-Length: 3, 3\r\n", b"abc"),
    "an empty length": post(b"Content-Length:\r\n", b"abc"),
    "a negative length": post(b"Content-Length: -1\r\n"),
    "a signed length": post(b"Content-Length: +3\r\n", b"abc"),
    "a length in hexadecimal": post(b"Content-Length: 0x3\r\n", b"abc"),
    "a length with a point": post(b"Content-Length: 3.0\r\n", b"abc"),
    "a length with a blank in it": post(b"Content-Length: 1 2\r\n", b"abcdefghijkl"),
    "a length of other digits": post(b"Content-Length: \xd9\xa3\r\n", b"abc"),
    "a length in words": post(b"Content-Length: canary-5f1e\r\n"),
    "a huge length": post(b"Content-Length: " + b"9" * 50 + b"\r\n"),
    "a coding that is nearly chunked": post(b"Transfer-Encoding: xchunked\r\n", b"0\r\n\r\n"),
    "a coding in two words": post(b"Transfer-Encoding: chunked canary\r\n", b"0\r\n\r\n"),
    "a coding that is twice chunked": post(b"Transfer-Encoding: chunked, chunked\r\n", b"0\r\n\r\n"),
    "two codings": post(CHUNKED + CHUNKED, b"0\r\n\r\n"),
    "chunked is not the last coding": post(b"Transfer-Encoding: chunked, identity\r\n", b"0\r\n\r\n"),
    "a coding that is none": post(b"Transfer-Encoding: identity\r\n", b"abc"),
    "a coding in quotes": post(b'Transfer-Encoding: "chunked"\r\n', b"0\r\n\r\n"),
    "a coding with a NUL": post(b"Transfer-Encoding: chunked\x00\r\n", b"0\r\n\r\n"),
    "a coding with a tab in front": post(b"Transfer-Encoding: \x0bchunked\r\n", b"0\r\n\r\n"),
    "an empty coding": post(b"Transfer-Encoding:\r\n", b"0\r\n\r\n"),
    "chunks in HTTP/1.0": b"POST /v1/things HTTP/1.0\r\n" + HOST + CHUNKED + b"\r\n0\r\n\r\n",
    "a chunk size that is none": post(CHUNKED, b"canary-5f1e\r\n\r\n"),
    "a chunk size that is negative": post(CHUNKED, b"-1\r\n\r\n"),
    "a chunk size in another form": post(CHUNKED, b"0x3\r\nabc\r\n0\r\n\r\n"),
    "a chunk size with an underscore": post(CHUNKED, b"1_0\r\nabcdefghijklmnop\r\n0\r\n\r\n"),
    "a chunk size that is huge": post(CHUNKED, b"f" * 40 + b"\r\nabc"),
    "a chunk size without a number": post(CHUNKED, b";a=b\r\nabc\r\n0\r\n\r\n"),
    "a chunk that is longer than it says": post(CHUNKED, b"3\r\nabcdef\r\n0\r\n\r\n"),
    "chunks that end with LF": post(CHUNKED, b"3\nabc\n0\n\n"),
    "a chunk that ends with CR alone": post(CHUNKED, b"3\r\nabc\r0\r\n\r\n"),
    "an endless trailer": post(CHUNKED, b"0\r\n" + b"X: a\r\n" * 20_000 + b"\r\n"),
    "a trailer without a colon": post(CHUNKED, b"0\r\ncanary-5f1e\r\n\r\n"),
}
"""What cannot be read as a request, or could be read in two ways."""

REFUSED = {
    "CONNECT": b"CONNECT canary-5f1e:443 HTTP/1.1\r\n" + HOST + b"\r\n",
    "CONNECT to a page": b"CONNECT /pay HTTP/1.1\r\n" + HOST + b"\r\n",
    "TRACE": b"TRACE / HTTP/1.1\r\n" + HOST + b"X: canary-5f1e\r\n\r\n",
    "OPTIONS for everything": b"OPTIONS * HTTP/1.1\r\n" + HOST + b"\r\n",
    "an address without a slash": b"GET canary-5f1e HTTP/1.1\r\n" + HOST + b"\r\n",
    "two blanks in the first line": b"GET  /nothing  HTTP/1.1\r\n" + HOST + b"\r\n",
    "an asterisk": b"GET * HTTP/1.1\r\n" + HOST + b"\r\n",
    "another host's address": b"GET http://canary-5f1e/nothing HTTP/1.1\r\n" + HOST + b"\r\n",
    "another scheme": b"GET ftp://canary-5f1e/nothing HTTP/1.1\r\n" + HOST + b"\r\n",
    "a file": b"GET file:///etc/passwd HTTP/1.1\r\n" + HOST + b"\r\n",
    "two slashes": b"GET //canary-5f1e/nothing HTTP/1.1\r\n" + HOST + b"\r\n",
    "up the tree": b"GET /../../etc/passwd HTTP/1.1\r\n" + HOST + b"\r\n",
    "up the tree in codes": b"GET /static/%2e%2e%2f%2e%2e%2fsettings.py HTTP/1.1\r\n" + HOST + b"\r\n",
    "bytes that are no text": b"GET /\xff\xfe HTTP/1.1\r\n" + HOST + b"\r\n",
    "half a character": b"GET /%ed%a0%80 HTTP/1.1\r\n" + HOST + b"\r\n",
    "a code that is none": b"GET /nothing%zz HTTP/1.1\r\n" + HOST + b"\r\n",
    "a fragment": b"GET /nothing#canary-5f1e HTTP/1.1\r\n" + HOST + b"\r\n",
    "a promise that is none": post(b"Expect: canary-5f1e\r\nContent-Length: 2\r\n", b"{}"),
    "a length above the limit": post(b"Content-Length: 10000000\r\n", b"{"),
    "chunks above the limit": post(CHUNKED, (b"4000\r\n" + b"a" * 0x4000 + b"\r\n") * 20 + b"0\r\n\r\n"),
    "chunks of one byte above the limit": post(CHUNKED, b"1\r\na\r\n" * 70_000 + b"0\r\n\r\n"),
    "a bomb by gzip": post(b"Content-Encoding: gzip\r\nContent-Length: %d\r\n", b""),
    "a bomb by deflate": post(b"Content-Encoding: deflate\r\nContent-Length: %d\r\n", b""),
    "bytes that are no gzip": post(b"Content-Encoding: gzip\r\nContent-Length: 5\r\n", b"abcde"),
}
"""What can be read and must not be done: each is a 4xx, whatever the route."""

NO_JSON = {
    "an endless chunk extension": post(CHUNKED, b"3;" + b"a" * 100_000 + b"\r\nabc\r\n0\r\n\r\n"),
    "half a gzip": post(b"Content-Encoding: gzip\r\nContent-Length: %d\r\n", b""),
    "a body that is packed twice": post(b"Content-Encoding: gzip, gzip\r\nContent-Length: 5\r\n", b"abcde"),
    "a packing that is none": post(b"Content-Encoding: canary\r\nContent-Length: 5\r\n", b"abcde"),
    "another alphabet": post(
        b"Content-Type: application/json; charset=canary\r\nContent-Length: 5\r\n", b"\xff\xfe{}\x00"
    ),
    "a content type that is none": post(b'Content-Type: ;;;="\r\nContent-Length: 1\r\n', b"{"),
}
"""Bodies that whoever reads them refuses; the gateway passes them on as they are."""

_PACKED = {
    "a bomb by gzip": gzip.compress(bytes(5_000_000)),
    "a bomb by deflate": zlib.compress(bytes(5_000_000)),
    "half a gzip": gzip.compress(GOOD)[:-12],
}
for _requests in (REFUSED, NO_JSON):
    _requests |= {name: _requests[name] % len(body) + body for name, body in _PACKED.items() if name in _requests}

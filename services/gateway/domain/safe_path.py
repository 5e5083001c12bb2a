"""Where a person may be sent after a form: only to pages of ours, whatever an address line says."""

from urllib.parse import urlsplit

LONGEST = 500


def safe_path(wanted: str | None, otherwise: str) -> str:
    """A path of ours with its query, else `otherwise`: no other host, no scheme, no control character."""
    if not wanted or len(wanted) > LONGEST or not wanted.isprintable() or "\\" in wanted:
        return otherwise
    parts = urlsplit(wanted)
    if parts.scheme or parts.netloc or not wanted.startswith("/") or wanted.startswith("//"):
        return otherwise
    return wanted

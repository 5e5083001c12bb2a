"""What a person knows their device and network by: "Chrome on Android" instead of a browser's own description.

A User-Agent names everything that it resembles, so the tables are searched in order: the special before the general.
"""

import ipaddress

UNKNOWN_DEVICE = "Unknown device"
BROWSERS = (
    ("Edg", "Edge"), ("OPR/", "Opera"), ("OPT/", "Opera"), ("SamsungBrowser", "Samsung Internet"),
    ("DuckDuckGo", "DuckDuckGo"), ("Ddg/", "DuckDuckGo"), ("YaBrowser", "Yandex Browser"), ("Vivaldi", "Vivaldi"),
    ("FxiOS", "Firefox"), ("Firefox", "Firefox"), ("CriOS", "Chrome"), ("Chrome", "Chrome"), ("Chromium", "Chrome"),
    ("Version/", "Safari"), ("Safari", "Safari"), ("Trident", "Internet Explorer"), ("MSIE", "Internet Explorer"),
)  # fmt: skip
SYSTEMS = (
    ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"), ("CrOS", "ChromeOS"),
    ("Mac OS X", "Mac"), ("Macintosh", "Mac"), ("Linux", "Linux"),
)  # fmt: skip
IPV4_HINT_BITS, IPV6_HINT_BITS = 24, 48  # a neighborhood: enough to recognize one's own, too little to find a home


def device_name(user_agent: str) -> str:
    """Browser and system of a User-Agent, in words; what is in neither table is an unknown device."""
    browser = _named(BROWSERS, user_agent)
    system = _named(SYSTEMS, user_agent)
    if browser and system:
        return f"{browser} on {system}"
    return browser or system or UNKNOWN_DEVICE


def network_hint(network: str) -> str:
    """The rough network of an address or a network: an IPv4 /24 or an IPv6 /48; else "unknown"."""
    try:
        found = ipaddress.ip_network(network, strict=False)
    except ValueError:
        return "unknown"
    bits = IPV4_HINT_BITS if found.version == 4 else IPV6_HINT_BITS
    return str(ipaddress.ip_network((found.network_address, bits), strict=False))


def _named(table: tuple[tuple[str, str], ...], user_agent: str) -> str | None:
    return next((name for mark, name in table if mark in user_agent), None)

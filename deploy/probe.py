"""What an image has instead of curl: `python probe.py /healthz` asks the service in the same container.

It ends with 0 when the answer is 200. Standard library only, and started every few seconds: so it is small.
"""

import http.client
import os
import sys

ANSWERS_WITHIN_SECONDS = 3.0


def main() -> int:
    """Ask once."""
    port = int(os.environ["PORTAL_HTTP_PORT"])
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=ANSWERS_WITHIN_SECONDS)
    try:
        connection.request("GET", sys.argv[1])
        return 0 if connection.getresponse().status == http.client.OK else 1
    except (OSError, http.client.HTTPException):
        return 1


if __name__ == "__main__":
    sys.exit(main())

"""`python -m services.gateway serve`. Next: `wiring.py`."""

import sys

from services.gateway.wiring import SERVICE
from shared.command import main

if __name__ == "__main__":
    sys.exit(main(SERVICE))

"""`python -m services.identity serve | migrate | verify | revive | partner-key | import-834`."""

import sys

from services.identity.wiring import SERVICE
from shared.command import main

sys.exit(main(SERVICE))

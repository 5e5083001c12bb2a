"""`python -m services.payments serve | migrate | verify | revive | insurer`."""

import sys

from services.payments.wiring import SERVICE
from shared.command import main

sys.exit(main(SERVICE))

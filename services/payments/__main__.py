"""`python -m services.payments serve | migrate | verify | revive | switch | insurer | unanswered`."""

import sys

from services.payments.wiring import SERVICE
from shared.command import main

sys.exit(main(SERVICE))

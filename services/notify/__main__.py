"""`python -m services.notify serve | migrate | verify | revive | switch | resend`."""

import sys

from services.notify.wiring import SERVICE
from shared.command import main

sys.exit(main(SERVICE))

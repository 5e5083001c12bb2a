"""Crash points: places where a test may ask a process to kill itself, to prove that nothing is lost there.

`CRASH_AT=payments.charged:2` kills the process with SIGKILL at the second passing of that point. Without the
variable a point costs one comparison. `shared/service.py` refuses to start with it outside sandbox and test.
"""

import os
import signal

_wanted, _, _count = os.environ.get("CRASH_AT", "").partition(":")
_left = int(_count or "1")


def crash_point(name: str) -> None:
    """Kill this process here when it was asked to; otherwise do nothing."""
    global _left  # noqa: PLW0603 - one countdown for the process is the point
    if name != _wanted:
        return
    _left -= 1
    if _left == 0:
        os.kill(os.getpid(), signal.SIGKILL)

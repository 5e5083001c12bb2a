"""What the person at the terminal sees: one line for each step with the time it took."""

import contextlib
import time
from collections.abc import Callable, Iterator

Say = Callable[[str], None]
NAME_WIDTH = 12


class StepFailed(Exception):
    """The start cannot go on; the message says what was to be done, and why it was not."""


def say_on_terminal(line: str) -> None:
    """Print a line at once; a terminal that has gone is no reason to fail."""
    with contextlib.suppress(OSError):
        print(line, flush=True)


@contextlib.contextmanager
def step(say: Say, name: str, *, outcome: list[str] | None = None) -> Iterator[None]:
    """Say how long `name` took, with what was put into `outcome`."""
    started = time.monotonic()
    yield
    told = "  ".join(outcome or [])
    say(f"  {time.monotonic() - started:5.1f} s  {name:<{NAME_WIDTH}} {told}".rstrip())

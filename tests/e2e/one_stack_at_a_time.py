"""A pytest plugin (`-p tests.e2e.one_stack_at_a_time`): one worker runs every test that needs a whole portal.

It stands in for `--dist loadgroup`, whose groups pytest-xdist 3.8 loses under pytest 9: it writes them into
`item._nodeid`, which pytest does not read any more. All other tests go to whichever worker is free.
"""

from typing import Any

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

WITH_A_STACK = ("tests/e2e/", "tests/chaos/", "tests/browser/")


class OneStackScheduling(LoadScopeScheduling):  # type: ignore[misc]  # xdist ships no types
    """Tests with a stack are one unit of work, every other test is one of its own."""

    def _split_scope(self, nodeid: str) -> str:
        return "with a stack" if nodeid.startswith(WITH_A_STACK) else nodeid


@pytest.hookimpl(tryfirst=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Any:
    """Give xdist our way of dealing out tests."""
    return OneStackScheduling(config, log)

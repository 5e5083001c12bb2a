"""What people and scripts are told of the portal in containers: where it is published, and who can log in.

The addresses are those of docker-compose.yml as this machine reaches them (PUBLISHED_…_URL).
"""

from collections.abc import Iterator, Mapping
from typing import Any

from deploy.local.demo import MADE, demo_lines, demo_logins
from deploy.local.memory import Memory
from deploy.local.steps import StepFailed


def stack_file(environment: Mapping[str, str], memory: Memory) -> dict[str, Any]:
    """`stack.json` of `make up`, without what only runs on this machine there. Raises StepFailed before it is ready."""
    partner_key = memory.find("partner_key")
    if partner_key is None:
        raise StepFailed("The portal is not ready yet. How far it is: docker compose logs demo")
    return {
        "gateway_url": environment["PUBLISHED_GATEWAY_URL"],
        "processor_url": environment["PUBLISHED_PROCESSOR_URL"],
        "inbox_url": environment["PUBLISHED_INBOX_URL"],
        "partner_key": partner_key,
        "demo_logins": list(demo_logins() if memory.find("demo") else ()),
    }


def welcome(environment: Mapping[str, str], memory: Memory, outcome: str) -> Iterator[str]:
    """The last lines of a start."""
    told = stack_file(environment, memory)
    yield f"Open {told['gateway_url']}"
    yield from demo_lines(told["demo_logins"], are_new=outcome == MADE)
    yield f"\n  Its e-mails     {told['inbox_url']}"
    yield f"  What to call    {told['gateway_url']}/openapi.json"
    yield f"  Card processor  {told['processor_url']}"
    yield "  For scripts     docker compose run --rm --no-deps -T demo stack-file"

"""`make fuzz`: many requests from the API document, through the gateway of a whole portal that is started for it.

`python -m tests.fuzz --requests 20000 --number 1`: the same number sends the same requests. Exit status 1 when an
answer was none that the document names. Next: `fuzzing.py`.
"""

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from deploy.local.cleaning import clean
from deploy.local.demo_people import PASSWORD
from deploy.local.folder import Folder, read_json
from deploy.local.stack import Stack
from tests.e2e.portal import Visitor
from tests.fuzz.fuzzing import MEMBER, Fuzzer, Report

WIDE = {
    "gateway": {"PORTAL_LIMIT_BURST": "1000000", "PORTAL_STRICT_LIMIT_BURST": "1000000"},
    "identity": {"PORTAL_LOG_IN_FREE_FAILURES": "10000", "PORTAL_LOG_IN_FREE_FAILURES_NETWORK": "10000"},
}
"""What guards the door has tests of its own; here it would only hide what lies behind."""


class Told:
    """The stack, as `Visitor` wants to be told of it."""

    def __init__(self, folder: Folder) -> None:
        self._folder = folder

    def told(self) -> dict[str, Any]:
        """What `stack.json` says."""
        return read_json(self._folder.stack_file)


async def fuzz(wanted: int, number: int) -> Report:
    """Start a portal, become a member, send the requests."""
    with tempfile.TemporaryDirectory() as root:
        folder = Folder(Path(root) / "local")
        try:
            stack = Stack(
                folder.root, say=lambda _: None, with_demo_data=False, usual_ports=False, added_environment=WIDE
            )
            async with stack, Visitor(Told(folder)) as member:
                return await _send(member, folder, wanted, number)
        finally:
            clean(folder)


async def _send(member: Visitor, folder: Folder, wanted: int, number: int) -> Report:
    loop = asyncio.get_running_loop()
    person = await member.become_member()
    known = await values_that_are_there(member)

    async def log_in() -> str:
        session = await member.done("POST", "/v1/sessions", {"username": person.username, "password": PASSWORD})
        return str(session["token"])

    def token(kind: str) -> str:
        return asyncio.run_coroutine_threadsafe(log_in(), loop).result() if kind == MEMBER else member.partner_key

    document = await member.done("GET", "/openapi.json")
    url = read_json(folder.stack_file)["gateway_url"].replace("localhost", "127.0.0.1")
    return await asyncio.to_thread(Fuzzer(url, document, token, known).run, wanted, number)


async def values_that_are_there(member: Visitor) -> dict[str, Sequence[Any]]:
    """One of everything that has an id."""
    card = await member.save_card()
    wanted = {"amount_cents": 1_000, "method_id": card["method_id"]}
    paid = await member.done("POST", "/v1/payments", wanted, key="known")
    case = await member.done("POST", "/v1/cases", {"topic": "other", "message": "Hello"})
    [policy] = (await member.done("GET", "/v1/policies"))["items"]
    [bill] = (await member.done("GET", "/v1/bills"))["items"]
    return {
        "policy_id": [policy["policy_id"]],
        "policy_ids": [[policy["policy_id"]]],
        "bill_id": [bill["bill_id"]],
        "method_id": [card["method_id"]],
        "payment_id_or_reference": [paid["payment_id"]],
        "reference": [paid["reference"]],
        "case_id": [case["case_id"]],
    }


def main() -> int:
    """Run it and print the report."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz")
    parser.add_argument("--requests", type=int, default=20_000, help="about how many (default: 20000)")
    parser.add_argument("--number", type=int, default=1, help="which requests (default: 1)")
    chosen = parser.parse_args()
    report = asyncio.run(fuzz(chosen.requests, chosen.number))
    sys.stdout.write("\n".join([*report.lines(), ""]))
    return 1 if report.failures else 0


if __name__ == "__main__":
    sys.exit(main())

"""`make verify`: the invariants across services, with the operator's rights, over a running local stack.

Each service's own checks, then what no service can see alone: the processor's journal against the payments (I3, I6),
every sent event in every inbox that subscribes and none as a dead letter (I7), one notice for each fact (I8), copies as
new as what they copy (I10), what a client was told against what is kept (I5), and one mail for each notice. Asks the
stack to settle first. Exit status 1 when anything is broken. `cross_checks.py` has the queries that cross services.
"""

import argparse
import asyncio
import itertools
import json
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
from aiohttp import ClientSession, ClientTimeout

from services.identity.wiring import SERVICE as IDENTITY
from services.notify.wiring import SERVICE as NOTIFY
from services.payments.wiring import SERVICE as PAYMENTS
from shared.command import COMMON_CHECKS, violations
from shared.service import Check, Service
from tests.chaos.cross_checks import (
    MAILS_SENT,
    OPEN_PAYMENTS,
    PAYMENTS_KEPT,
    SHOWN,
    UNSENT_MAIL,
    across_services,
    dead_letters,
)

SERVICES: tuple[Service[Any], ...] = (IDENTITY, PAYMENTS, NOTIFY)
PAGE = 1000
MAILS_AT_ONCE = 500
IDLE_IN_TRANSACTION = Check(
    "I9",
    "no session of a service is idle in a transaction for more than 5 s",
    """
    SELECT usename, pid, now() - state_change AS idle_for
      FROM pg_stat_activity
     WHERE usename LIKE '%\\_app' AND state LIKE 'idle in transaction%' AND now() - state_change > interval '5 s'
    """,
)
Found = dict[str, list[Any]]


@dataclass(frozen=True, slots=True)
class Stack:
    """Where the running stack is, from its `stack.json`."""

    gateway_url: str
    processor_url: str
    inbox_url: str
    operator_dsn: str
    operator_amqp_url: str

    @classmethod
    def read(cls, path: Path) -> "Stack":
        """Read the file. Raises FileNotFoundError when no stack runs."""
        told = json.loads(path.read_text(encoding="utf-8"))
        return cls(
            told["gateway_url"],
            told["processor_url"],
            told["inbox_url"],
            told["operator_dsn"],
            told["operator_amqp_url"],
        )


async def settle(stack: Stack, client: ClientSession) -> list[Any]:
    """Wait until nothing is pending anywhere; what still is, else nothing."""
    async with client.post(f"{stack.gateway_url}/sandbox/settle") as response:
        return [] if response.status < 300 else [await response.json()]


async def charges(stack: Stack, client: ClientSession) -> list[dict[str, Any]]:
    """The processor's whole journal."""
    found: list[dict[str, Any]] = []
    after: int | None = 0
    while after is not None:
        url = f"{stack.processor_url}/v1/charges"
        async with client.get(url, params={"after": str(after), "limit": str(PAGE)}) as response:
            page = await response.json()
        found += page["items"]
        after = page.get("next_cursor")
    return found


def against_processor(kept: Iterable[asyncpg.Record], journal: list[dict[str, Any]]) -> Found:
    """I3 and I6, both ways, and the amounts."""
    payments = {str(row["payment_id"]): row for row in kept}
    per_key = Counter(charge["key"] for charge in journal)
    paid = {charge["key"]: charge for charge in journal if charge["status"] == "succeeded"}
    succeeded = {key for key, row in payments.items() if row["succeeded"]}
    return {
        "I3: at most one charge per key": [key for key, count in per_key.items() if count > 1],
        "I6: no charge without its payment": sorted(set(paid) - succeeded),
        "I6: no paid payment without its charge": sorted(succeeded - set(paid)),
        "I6: charged what was agreed": [
            key
            for key in succeeded & set(paid)
            if paid[key]["amount_cents"] != payments[key]["amount_cents"]
            or paid[key]["reference"] != payments[key]["reference"]
        ],
    }


def against_client(kept: Sequence[asyncpg.Record], log_path: Path, *, only_told: bool = False) -> Found:
    """I5: every payment that a client was told of exists, with that reference, amount and method.

    A payment on a later day may be told with what was agreed, and afterwards with what was charged of that.
    `only_told`: nobody else paid here, so that there is no payment besides those.
    """
    known = {str(row["payment_id"]): row for row in kept}
    told = [json.loads(line) for line in log_path.read_text(encoding="utf-8").splitlines()]
    found = {"I5: what a caller was told is kept": [it for it in told if not _is_kept(it, known.get(it["payment_id"]))]}
    if only_told:
        extra = sorted(set(known) - {answer["payment_id"] for answer in told})
        found["I5: there is no payment that no caller asked for"] = extra
    return found


def _is_kept(told: Mapping[str, Any], row: asyncpg.Record | None) -> bool:
    if row is None:
        return False
    method_id = str(row["method_id"]) if row["method_id"] else None
    return (
        told["reference"].replace("-", "") == row["reference"].replace("-", "")
        and told["amount_cents"] in (row["amount_cents"], row["agreed_cents"])
        and told["method"]["method_id"] == method_id == told.get("asked_method_id", method_id)
    )


async def own_checks(connection: "asyncpg.Connection[asyncpg.Record]") -> Found:
    """What each service checks of itself."""
    found: Found = {}
    common = tuple(check for check in COMMON_CHECKS if check.name != "I9")
    for service in SERVICES:
        await connection.execute(f"SET search_path = {service.name}")
        checks = (*common, *service.checks)
        broken = await violations(connection, checks)
        found |= {f"{service.name} {title}": rows for title, rows in broken.items()}
        found |= {f"{service.name}: its {len(checks)} checks": []}
    await connection.execute("RESET search_path")
    return (
        found
        | {f"{IDLE_IN_TRANSACTION.name}: {IDLE_IN_TRANSACTION.title}": []}
        | await violations(connection, [IDLE_IN_TRANSACTION])
    )


async def mails(stack: Stack, client: ClientSession, connection: "asyncpg.Connection[asyncpg.Record]") -> Found:
    """Every notice left, and its mail arrived."""
    arrived = await _arrived(stack, client)
    sent = {row["message_id"] for row in await connection.fetch(MAILS_SENT)}
    return {
        "every notice was sent": [dict(row) for row in await connection.fetch(UNSENT_MAIL)],
        "every sent notice arrived": sorted(sent - arrived)[:SHOWN],
    }


async def _arrived(stack: Stack, client: ClientSession) -> set[str]:
    """The Message-IDs in the inbox, read in pages: a mail is long.

    An inbox that is killed while it takes a mail keeps an empty one: nobody was told that it had arrived.
    """
    found: set[str] = set()
    for skip in itertools.count(0, MAILS_AT_ONCE):
        params = {"skip": str(skip), "limit": str(MAILS_AT_ONCE)}
        async with client.get(f"{stack.inbox_url}/api/email", params=params) as response:
            page = await response.json()
        found |= {mail["headers"]["message-id"] for mail in page if "message-id" in mail["headers"]}
        if len(page) < MAILS_AT_ONCE:
            break
    return found


async def verify(
    stack: Stack, client_log: Path | None = None, *, all_ended: bool = False, only_told: bool = False
) -> Found:
    """Every invariant with what breaks it: an empty list where it holds.

    `all_ended`: no payment may be open. `only_told`: every payment is in the clients' log.
    """
    async with ClientSession(timeout=ClientTimeout(60)) as client:
        found: Found = {"settled": await settle(stack, client)}
        connection = await asyncpg.connect(stack.operator_dsn, timeout=5)
        try:
            kept = await connection.fetch(PAYMENTS_KEPT)
            found |= await own_checks(connection)
            found |= against_processor(kept, await charges(stack, client))
            found |= await across_services(connection)
            found |= await dead_letters(stack.operator_amqp_url)
            found |= await mails(stack, client, connection)
            if client_log is not None:
                found |= against_client(kept, client_log, only_told=only_told)
            if all_ended:
                found["every payment reached its end"] = [dict(row) for row in await connection.fetch(OPEN_PAYMENTS)]
        finally:
            await connection.close()
    return found


def main() -> int:
    """Verify the stack that runs and print each invariant."""
    parser = argparse.ArgumentParser(prog="make verify")
    parser.add_argument("--stack", type=Path, default=Path(".local/stack.json"))
    parser.add_argument("--client-log", type=Path)
    chosen = parser.parse_args()
    if not chosen.stack.exists():
        sys.stderr.write(f"No portal runs here: {chosen.stack} is missing. Start one with: make up\n")
        return 2
    found = asyncio.run(verify(Stack.read(chosen.stack), chosen.client_log))
    for title, rows in found.items():
        sys.stdout.write(f"{'BROKEN' if rows else 'holds '}  {title}\n")
        sys.stdout.writelines(f"        {row}\n" for row in rows)
    broken = sum(1 for rows in found.values() if rows)
    sys.stdout.write(f"{len(found) - broken} of {len(found)} hold\n")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())

"""Demo data, made the way real data comes: by the partner's key and the public API, on the days on which it happens.

A new portal begins months in the past, its people live through the plan day by day, and arrive in the present. Made
once; an interrupted start goes on with the day it was at. Next: `demo_plan.py`, `demo_acts.py`.
"""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta

import aiohttp

from deploy.local.demo_acts import DemoPeople
from deploy.local.demo_clock import begin_in_the_past, counted_from
from deploy.local.demo_people import INSURER_CONTACTS, PASSWORD, PEOPLE, Progress
from deploy.local.demo_plan import Step, plan
from deploy.local.memory import Memory, digest_of
from deploy.local.portal import Portal, output_of
from deploy.local.portal_client import PortalClient, Refused
from deploy.local.steps import StepFailed
from shared.clocks import business_day, start_of_day

TIME_OF_DAY = timedelta(hours=10)
BEFORE_THE_FIRST = timedelta(hours=1)
CATCHING_UP_TAKES = timedelta(seconds=1)
"""What the last, short move of the clock may take at first, and twice as long where that was not enough."""

MADE = "made"
AS_IT_WAS = "as it was"
IN_USE = "none: this portal was in use before. To have it: make clean, then make up"


async def prepare_demo_data(portal: Portal, memory: Memory) -> None:
    """Set a new portal's clock back to where its demo data begins. The database is ready and no service runs yet."""
    now = datetime.now(UTC)
    today = business_day(now)
    begins_at = _instant_of(plan(PEOPLE, today)[0]) - BEFORE_THE_FIRST
    await begin_in_the_past(portal.operator_dsn, memory, today, now - begins_at)


async def make_demo_data(portal: Portal, memory: Memory, partner_key: str) -> str:
    """Live through the plan; says MADE, or AS_IT_WAS when that was done before, or IN_USE. Raises StepFailed."""
    digest = digest_of([repr(PEOPLE), partner_key])
    if memory.knows("demo", digest):
        return AS_IT_WAS
    today = counted_from(memory)
    if today is None or memory.find("demo") is not None:
        return IN_USE
    await _tell_contacts(portal)
    try:
        async with (
            PortalClient(portal.url("gateway")) as gateway,
            PortalClient(portal.url("processor")) as processor,
        ):
            await _live(gateway, DemoPeople(PEOPLE, gateway, processor, partner_key), memory, today)
    except (Refused, aiohttp.ClientError, TimeoutError) as error:
        raise StepFailed(f"The demo data could not be made: {error}") from None
    memory.keep("demo", digest)
    return MADE


def demo_logins() -> Sequence[Mapping[str, str]]:
    """Who can log in, once the demo data is there, and how far they are then."""
    return [
        {"username": person.username, "password": PASSWORD, "state": person.progress.value}
        for person in PEOPLE
        if person.progress is not Progress.ENROLLED
    ]


def demo_lines(logins: Sequence[Mapping[str, str]], *, are_new: bool) -> Iterator[str]:
    """A table of who can log in; states are said to be the first day's unless they were made by this start."""
    if not logins:
        return
    rows = [(login["username"], login["password"], login["state"]) for login in logins]
    head = ("Log in as", "Password", "Who that is" if are_new else "Who that was after the first start")
    widths = [max(len(row[column]) for row in (head, *rows)) for column in (0, 1)]
    yield ""
    for name, password, who in (head, *rows):
        yield f"  {name:<{widths[0]}}   {password:<{widths[1]}}   {who}"
    for person in PEOPLE:
        if person.progress is Progress.ENROLLED:
            still = "" if are_new else ", unless somebody has by now"
            yield f"\n  To create an account{still}: {person.first} {person.last}, {person.progress.value};"
            yield f"  born {person.date_of_birth}, SSN {person.ssn} (invented), ZIP code {person.zip_code},"
            yield f"  plan {person.plan}, premium {person.premium_text}"


async def _tell_contacts(portal: Portal) -> None:
    await asyncio.gather(
        *(
            output_of(portal, "payments", "insurer", "set", insurer_id, "--phone", phone, "--website", website)
            for insurer_id, (phone, website) in INSURER_CONTACTS.items()
        )
    )


async def _live(gateway: PortalClient, people: DemoPeople, memory: Memory, today: date) -> None:
    lived = int(memory.find("demo_days") or 0)
    for count, steps in enumerate(plan(PEOPLE, today)[lived:], start=lived + 1):
        present = steps[0].on >= today
        await _move_clock(gateway, datetime.now(UTC) if present else _instant_of(steps))
        await asyncio.gather(*(people.act(step) for step in steps))
        memory.keep("demo_days", str(count))
    await people.leave()
    await _move_clock(gateway, datetime.now(UTC))
    takes = CATCHING_UP_TAKES
    while await _clock(gateway) < datetime.now(UTC):
        await _move_clock(gateway, datetime.now(UTC) + takes)
        takes *= 2


async def _clock(gateway: PortalClient) -> datetime:
    return datetime.fromisoformat((await gateway.call("GET", "/sandbox/clock"))["now"])


async def _move_clock(gateway: PortalClient, to: datetime) -> None:
    """Forward only: an interrupted start may be past it. All is done that is due until then."""
    if await _clock(gateway) < to:
        await gateway.call("POST", "/sandbox/clock", {"to": to.isoformat()})
    else:
        await gateway.call("POST", "/sandbox/settle")


def _instant_of(steps: Sequence[Step]) -> datetime:
    return start_of_day(steps[0].on) + TIME_OF_DAY

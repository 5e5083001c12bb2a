"""`python -m deploy.topology subscriber`: an operator lets outside programs hear events of the running stack."""

import asyncio
import shlex
import sys
from asyncio.subprocess import PIPE
from pathlib import Path

import aio_pika
import pytest

from deploy.broker import local_rabbitmqctl
from deploy.local.folder import REPOSITORY
from tests.e2e.stack_process import StackProcess

pytestmark = pytest.mark.timeout(600)


async def subscriber_command(stack: StackProcess, *arguments: str) -> tuple[int | None, str, str]:
    """Exit status, output and errors of the command over a stack."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "deploy.topology", "subscriber", "--folder", str(stack.folder.root), *arguments,
        cwd=REPOSITORY,
        stdout=PIPE,
        stderr=PIPE,
    )  # fmt: skip
    out, errors = await process.communicate()
    return process.returncode, out.decode(), errors.decode()


def told(out: str) -> dict[str, str]:
    """What an outsider copies from the command's output."""
    words = (shlex.split(line) for line in out.splitlines() if line.startswith("export SUBSCRIBER_"))
    return dict(word.split("=", 1) for _, word in words)


async def log_in(url: str, queue_name: str) -> None:
    """Log in and listen for a moment. Raises what the broker refuses with."""

    async def ignore(_message: aio_pika.abc.AbstractIncomingMessage) -> None:
        return

    async with await aio_pika.connect(url, timeout=10) as connection:
        queue = await (await connection.channel()).get_queue(queue_name, ensure=False)
        await queue.cancel(await queue.consume(ignore))


def through_a_command(stack: StackProcess, folder: Path) -> tuple[str, str]:
    """The option for a broker that is elsewhere: here a script that notes what it is asked, then asks the stack's."""
    program, place, environment = local_rabbitmqctl(stack.folder)
    variables = shlex.join(f"{name}={value}" for name, value in environment.items())
    script = folder / "rabbitmqctl"
    script.write_text(
        f'echo "$@" >> {folder}/asked\ncd {shlex.quote(str(place))} && exec env -i {variables} {program} "$@"\n'
    )
    return "--rabbitmqctl", f"sh {script}"


async def test_a_subscriber_is_added_shown_given_a_new_password_and_removed(
    stack: StackProcess, tmp_path: Path
) -> None:
    """Its password is told once and works; a new one ends the old one; removed, it is cut off and nothing is left.

    Half of it is done as for a broker elsewhere, through the command that is its `rabbitmqctl`.
    """
    wanted = ("acme", "--insurer", "evergreen", "--insurer", "birch", "--events", "payment.*")
    status, out, errors = await subscriber_command(stack, "add", *wanted)
    assert (status, errors) == (0, "")
    access = told(out)
    await log_in(access["SUBSCRIBER_AMQP_URL"], access["SUBSCRIBER_QUEUE"])
    assert (await subscriber_command(stack, "list"))[1] == "acme hears payment.*.* of birch, evergreen.\n"

    elsewhere = through_a_command(stack, tmp_path)
    renewed = told((await subscriber_command(stack, *elsewhere, "password", "acme"))[1])
    assert "YOUR-BROKER:5672" in renewed["SUBSCRIBER_AMQP_URL"]
    here = stack.told()["operator_amqp_url"].rpartition("@")[2].rstrip("/")
    url = renewed["SUBSCRIBER_AMQP_URL"].replace("YOUR-BROKER:5672", here)
    assert url.partition("@")[0].rpartition(":")[2] not in (tmp_path / "asked").read_text()
    with pytest.raises(aio_pika.exceptions.ProbableAuthenticationError):
        await log_in(access["SUBSCRIBER_AMQP_URL"], access["SUBSCRIBER_QUEUE"])

    connection = await aio_pika.connect(url, timeout=10)
    cut_off = asyncio.Event()
    connection.close_callbacks.add(lambda *_: cut_off.set())
    assert (await subscriber_command(stack, *elsewhere, "remove", "acme"))[:2] == (
        0, "acme is gone, with its queues.\n"
    )  # fmt: skip
    await asyncio.wait_for(cut_off.wait(), 30)
    with pytest.raises(aio_pika.exceptions.ProbableAuthenticationError):
        await log_in(url, renewed["SUBSCRIBER_QUEUE"])
    with pytest.raises(aio_pika.exceptions.ChannelNotFoundEntity):
        await log_in(stack.told()["operator_amqp_url"], access["SUBSCRIBER_QUEUE"])


async def test_what_cannot_be_done_is_said_in_a_line(stack: StackProcess, tmp_path: Path) -> None:
    """An unknown name, a wrong insurer, a command that fails, a stack that does not run."""
    for arguments, words in [
        (("password", "nobody"), "There is no subscriber 'nobody'."),
        (("remove", "no.body"), "A name is 1 to 30"),
        (("add", "acme", "--insurer", "several", "--events", "*"), "'several' is no insurer's id"),
        (("--rabbitmqctl", "false", "list"), "false ended with 1"),
        (("--rabbitmqctl", "/no/such/program", "list"), "No such file"),
        (("--folder", str(tmp_path), "list"), f"No portal runs in {tmp_path}. Start one with: make up"),
    ]:
        status, out, errors = await subscriber_command(stack, *arguments)
        assert (status, out, len(errors.splitlines())) == (2, "", 1), errors
        assert words in errors


async def test_everybody_can_try_the_events_with_the_address_in_the_stack_file(stack: StackProcess) -> None:
    """Scripts of the sandbox hear public events of every insurer in a temporary queue, and nothing private."""
    async with await aio_pika.connect(stack.told()["subscriber_amqp_url"], timeout=10) as connection:
        channel = await connection.channel()
        for name in ("subscriber.some-script", None):
            queue = await channel.declare_queue(name, exclusive=True)
            await queue.bind("portal.events", "#")
        with pytest.raises(aio_pika.exceptions.ChannelClosed, match="ACCESS_REFUSED"):
            await queue.bind("portal.private", "#")

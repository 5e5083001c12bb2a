"""Alert rules and operators' pages, held against a running portal: what they name is there, what they say works."""

import asyncio
import re
from asyncio.subprocess import PIPE, STDOUT
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import yaml  # type: ignore[import-untyped]  # the package ships no types

from deploy.local.folder import REPOSITORY
from deploy.services import ALL
from tests.e2e.operations.conftest import Watched
from tests.e2e.portal import DECLINED_CARD, Visitor

pytestmark = pytest.mark.timeout(400)

FOLDER = REPOSITORY / "docs" / "operations"
FAILURES = sorted(path for path in FOLDER.glob("*.md") if path.name not in ("README.md", "chaos.md"))
PAGES = [FOLDER / "README.md", *FAILURES]
RULES: list[dict[str, Any]] = [
    rule
    for group in yaml.safe_load((REPOSITORY / "deploy/monitoring/alerts.yml").read_text(encoding="utf-8"))["groups"]
    for rule in group["rules"]
]
METRIC = re.compile(r"\b((?:portal|http|process)_[a-z0-9_]+)(?:\{([^}]*)\})?")
OF_OTHERS = {"up", "job", "instance", "rabbitmq_queue_messages"}  # Prometheus' own, and another exporter's
PARTS = ("**How one notices.**", "**What members see.**", "**What to do.**", "**Over when**")
BLOCK = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)
MOST_SECONDS = 60


def shown(path: Path) -> str:
    """The page in a test's name."""
    return path.stem


def commands_of(page: Path) -> list[str]:
    """The commands in a page's blocks: one a line, a loop is one."""
    blocks = "".join(BLOCK.findall(page.read_text(encoding="utf-8")))
    return re.findall(r"^(?:for .*?^done|\S.*?)$", blocks, re.MULTILINE | re.DOTALL)


def mentioned_on(page: Path) -> set[str]:
    """The modules with their commands that a page names in its sentences."""
    sentences = BLOCK.sub("", page.read_text(encoding="utf-8"))
    return set(re.findall(r"`(?:\.venv/bin/)?python -m ([a-z_]+\.[a-zA-Z_]+(?: [a-z-]+)*)", sentences))


async def run(watched: Watched, script: str) -> tuple[int | None, str]:
    """Type what a page shows, beside the portal of these tests: exit status, and all that was said."""
    root = watched.stack.folder.root
    here = script.replace("-m deploy.local run", f"-m deploy.local --folder {root} run")
    here = here.replace("--folder .local ", f"--folder {root} ").replace(".local/", f"{root}/")
    process = await asyncio.create_subprocess_exec("bash", "-c", here, cwd=REPOSITORY, stdout=PIPE, stderr=STDOUT)
    out, _ = await asyncio.wait_for(process.communicate(), MOST_SECONDS)
    return process.returncode, out.decode()


async def everything_happened(watched: Watched) -> dict[str, set[str]]:
    """A member pays and is declined; then the labels of every series of every service, by the series' name."""
    async with Visitor(watched) as member:
        await member.become_member()
        await member.save_card()
        for number in ("4242424242424242", DECLINED_CARD):
            card = {"type": "card", "token": await member.card_token(number)}
            await member.done("POST", "/v1/payments", {"amount_cents": 100, "method": card}, key=uuid4().hex)
        await member.settle()
    series: dict[str, set[str]] = {}
    for service in ALL:
        for line in (await watched.scrape(service)).splitlines():
            if found := re.match(r"([a-z_:0-9]+)(?:\{(.*)\})? \S+$", line):
                series.setdefault(found[1], set()).update(re.findall(r'(\w+)="', found[2] or ""))
    return series


@pytest.fixture(scope="package")
async def series(watched: Watched) -> dict[str, set[str]]:
    """What a real scrape has: the names of labels by the name of the series."""
    return await everything_happened(watched)


@pytest.fixture(scope="module")
def typed() -> set[str]:
    """The commands that were tried: several pages show the same."""
    return set()


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: str(rule["alert"]))
def test_a_rule_is_about_metrics_that_are_there(rule: dict[str, Any], series: dict[str, set[str]]) -> None:
    """Every series and every label that a rule asks for is in a real scrape."""
    named = METRIC.findall(rule["expr"])
    assert named or rule["expr"].startswith("up{")
    for name, matchers in named:
        assert name in series
        assert set(re.findall(r"(\w+)\s*[!=]", matchers)) - OF_OTHERS <= series[name]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: str(rule["alert"]))
def test_a_rule_has_a_page_that_knows_it(rule: dict[str, Any]) -> None:
    """Whoever is woken is told what is wrong, how urgent it is, and which page to open; that page names the alert."""
    assert rule["labels"]["severity"] in ("page", "ticket")
    assert rule["annotations"]["summary"]
    page = (REPOSITORY / rule["annotations"]["runbook"]).read_text(encoding="utf-8")
    assert f"`{rule['alert']}`" in page


def test_every_page_is_in_the_index() -> None:
    """The first page lists every other one."""
    index = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert [
        path.name for path in FOLDER.glob("*.md") if path.name != "README.md" and f"]({path.name})" not in index
    ] == []


@pytest.mark.parametrize("page", FAILURES, ids=shown)
def test_a_page_answers_what_somebody_asks_at_night(page: Path, series: dict[str, set[str]]) -> None:
    """How one notices, what members see, what to do, when it is over; with metrics and links that exist."""
    text = page.read_text(encoding="utf-8")
    for part in PARTS:
        assert part in text
    for name, matchers in METRIC.findall(text):
        assert name in series or name in OF_OTHERS or any(each.startswith(name) for each in series), name
        assert set(re.findall(r"(\w+)=", matchers)) <= series.get(name, set()), name
    for link in re.findall(r"\]\(([^)#]+)", text):
        assert (FOLDER / link).exists(), link


@pytest.mark.parametrize("page", PAGES, ids=shown)
async def test_the_commands_of_a_page_work(
    page: Path, watched: Watched, series: dict[str, set[str]], typed: set[str]
) -> None:
    """What stands in a page's blocks is typed beside a running portal, once and in its order, and none of it fails."""
    assert series, "something has happened in this portal"
    for command in commands_of(page):
        if command not in typed:
            typed.add(command)
            status, out = await run(watched, command)
            assert status == 0, f"{command}\n{out}"
            assert out.strip() or command.endswith(("unanswered", "list")), f"{command} says nothing"


@pytest.mark.parametrize("page", PAGES, ids=shown)
async def test_the_commands_that_a_page_mentions_exist(page: Path, watched: Watched, typed: set[str]) -> None:
    """What stands in a sentence is asked for its help: the module and the command are there."""
    for command in sorted(mentioned_on(page) - typed):
        typed.add(command)
        asked = f".venv/bin/python -m {command.replace('services.X', 'services.payments')} --help"
        status, out = await run(watched, asked)
        assert status == 0, f"{command}\n{out}"

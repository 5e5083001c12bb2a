"""The money path can be killed around everything that it waits for outside: a crash point before, and one after.

Read from the code, so that a new call to the processor or a new commit on the path fails here until it has its points.
`tests/chaos/crash_points.py` lets a process die at each of them, again and again, under members who pay.
"""

import ast
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.chaos.points import POINTS

ROOT = Path(__file__).resolve().parents[2]
PROCESSOR = ("processor.charge", "processor.find_charge", "processor.void", "processor.save_card")
COMMIT = ("db.write", "accept_together", "settle_together")
MONEY_PATH: dict[str, tuple[str, ...]] = {
    "services/payments/http/methods.py": PROCESSOR,
    "services/payments/http/payments.py": COMMIT,
    "services/payments/usecases/charge_payment.py": PROCESSOR,
    "services/payments/usecases/check_charge.py": PROCESSOR,
    "services/payments/jobs.py": COMMIT,
    "services/notify/jobs.py": (*COMMIT, "mailer.send"),
    "shared/relay.py": ("asyncio.gather", "connection.execute"),
    "shared/consumer.py": ("_inbox.take", "message.ack"),
}
"""By file, what is outside: the processor, a commit, the broker, the mail server. As the call is written, its end."""

GUARDED = frozenset({"charge_payment", "check_charge", "kept_card"})
"""Functions of the path that other files wait for: they begin and end with a point, or the test of their file fails."""

POINT, OUTSIDE, BEGUN = "point", "outside", "begun"


class Walk:
    """Walks every way through the functions of a file, and notes what is waited for without a point beside it."""

    def __init__(self, source: str, outside: tuple[str, ...]) -> None:
        self._outside = outside
        tree = ast.parse(source)
        self._functions = {node.name: node for node in ast.walk(tree) if isinstance(node, ast.AsyncFunctionDef)}
        self.found: set[str] = set()
        self.missing: set[str] = set()

    def run(self) -> "Walk":
        """Begin in each function that no other one here waits for directly."""
        awaited = {_name(call) for node in self._functions.values() for call in _awaited(node)}
        for name, node in self._functions.items():
            if name not in awaited and f"self.{name}" not in awaited and OUTSIDE in self._function(node, {BEGUN}):
                self.missing.add(f"{name} ends without a point after what it waited for last")
        return self

    def _function(self, node: ast.AsyncFunctionDef, states: set[str]) -> set[str]:
        returned: set[str] = set()
        return self._block(node.body, states, returned) | returned

    def _block(self, body: list[ast.stmt], states: set[str], returned: set[str]) -> set[str]:
        for statement in body:
            states = self._statement(statement, states, returned)
        return states

    def _statement(self, node: ast.stmt, states: set[str], returned: set[str]) -> set[str]:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                return states
            case ast.Return() | ast.Raise() | ast.Continue() | ast.Break():
                returned |= self._expression(node, states) if isinstance(node, ast.Return) else set()
                return set()
            case ast.If():
                inside = self._expression(node.test, states)
                return self._block(node.body, inside, returned) | self._block(node.orelse, inside, returned)
            case ast.For() | ast.AsyncFor() | ast.While():
                return self._loop(node, states, returned)
            case ast.Match():
                inside = self._expression(node.subject, states)
                return set().union(*(self._block(case.body, inside, returned) for case in node.cases))
            case ast.With() | ast.AsyncWith():
                return self._block(node.body, states, returned)
            case ast.Try():
                # a handler of a failure is left out: what failed has had no effect, and is done again
                return self._block([*node.body, *node.orelse, *node.finalbody], states, returned)
            case _:
                return self._expression(node, states)

    def _loop(self, node: ast.For | ast.AsyncFor | ast.While, states: set[str], returned: set[str]) -> set[str]:
        once = self._block(node.body, states, returned)
        again = self._block(node.body, once, returned)
        forever = isinstance(node, ast.While) and isinstance(node.test, ast.Constant)
        return once | again | (set() if forever else states)

    def _expression(self, node: ast.AST, states: set[str]) -> set[str]:
        for call in _calls(node):
            states = self._call(call, states)
        return states

    def _call(self, call: ast.Call, states: set[str]) -> set[str]:
        name = _name(call)
        if name == "crash_point" or name in GUARDED - set(self._functions):
            return {POINT} if states else states
        if name.endswith(self._outside):
            self.found |= {pattern for pattern in self._outside if name.endswith(pattern)}
            if states - {POINT}:
                self.missing.add(f"line {call.lineno}: no point right before {name}")
            return {OUTSIDE} if states else states
        helper = self._functions.get(name.removeprefix("self."))
        return self._function(helper, states) if helper is not None else states


def _name(call: ast.Call) -> str:
    return ast.unparse(call.func)


def _calls(node: ast.AST) -> Iterator[ast.Call]:
    """Crash points and what is awaited in an expression, as it is run; not what a lambda will do."""
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.Lambda | ast.GeneratorExp):
            yield from _calls(child)
    if isinstance(node, ast.Await) and isinstance(node.value, ast.Call):
        yield node.value
    if isinstance(node, ast.Call) and _name(node) == "crash_point":
        yield node


def _awaited(function: ast.AsyncFunctionDef) -> list[ast.Call]:
    return [call for statement in function.body for call in _calls(statement)]


def sources() -> Iterator[tuple[str, str]]:
    """Path and text of the code that runs in production."""
    for folder in ("services", "shared"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")


@pytest.mark.parametrize(("path", "outside"), MONEY_PATH.items())
def test_a_crash_point_stands_before_and_after_all_that_is_waited_for(path: str, outside: tuple[str, ...]) -> None:
    """On every way through the file, from its entry to its end; failures that are handled aside."""
    walked = Walk((ROOT / path).read_text(encoding="utf-8"), outside).run()
    assert walked.missing == set()
    assert walked.found, f"nothing outside is waited for in {path}: the list of this test is old"


def test_nothing_else_calls_the_processor() -> None:
    """Whoever comes to need the processor is on the money path, and is listed above."""
    callers = {path for path, text in sources() if "/providers/" not in path and "await" in text and _asks(text)}
    assert callers == {path for path, outside in MONEY_PATH.items() if outside is PROCESSOR}


def _asks(text: str) -> bool:
    calls = (node.value for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Await))
    return any(isinstance(call, ast.Call) and _name(call).endswith(PROCESSOR) for call in calls)


def test_each_crash_point_has_its_name_and_its_turn_in_the_run_of_crash_points() -> None:
    """A name stands at one place; and `tests/chaos/points.py` knows what work comes by it."""
    named = Counter(
        call.args[0].value
        for _, text in sources()
        for call in ast.walk(ast.parse(text))
        if isinstance(call, ast.Call) and _name(call) == "crash_point" and isinstance(call.args[0], ast.Constant)
    )
    assert [name for name, count in named.items() if count > 1] == []
    assert set(named) == {point.name for point in POINTS}


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        ("await db.write(1)\n    crash_point('b')", "line 2: no point right before db.write"),
        ("crash_point('a')\n    await db.write(1)", "f ends without a point after what it waited for last"),
        ("crash_point('a')\n    await db.write(1)\n    await db.write(2)\n    crash_point('b')", "line 4"),
        ("crash_point('a')\n    while more:\n        await db.write(1)\n    crash_point('b')", "line 4"),
        ("crash_point('a')\n    if it:\n        return await db.write(1)\n    crash_point('b')", "f ends without"),
        (
            "crash_point('a')\n    if it:\n        await db.write(1)\n    await db.write(2)\n    crash_point('b')",
            "line 5",
        ),
    ],
)
def test_this_test_finds_what_is_missing(body: str, complaint: str) -> None:
    """A commit without a point before it or after it, in a loop or on one of two ways, is found."""
    walked = Walk(f"async def f(db):\n    {body}\n", COMMIT).run()
    assert any(said.startswith(complaint) for said in walked.missing), walked.missing

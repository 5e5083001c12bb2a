"""Files made wrong, through the whole of it on a real database: no 500, the good stay, each line says what it is."""

import random

from services.identity.domain.x12.reader import NotAnInterchange
from services.identity.http.enrollment_files import Sender, store_file
from services.identity.store.imports import ControlNumberReused
from tests.identity import edi
from tests.identity.conftest import Identity
from tests.identity.edi import FileDesk, said
from tests.identity.mutations import mutate, several

POLICIES = "SELECT insurer_id, policy_number, member_id FROM enrolled_policy ORDER BY 1, 2"
REFUSALS = {"not-an-interchange": 422, "control-number-reused": 409}


async def test_five_hundred_files_made_wrong_are_worked_through(identity: Identity) -> None:
    """Each is stored or refused, each stored one is done to its end, and every invariant holds afterwards."""
    desk, rng = FileDesk(identity), random.Random(834)  # noqa: S311 - not for secrets
    sender = Sender(await identity.partner())
    await desk.take(edi.edi(several(1)))
    before = await identity.rows(POLICIES)
    assert len(before) == 6
    refused = 0
    for number in range(500):
        mutation = mutate(several(1_000 + 2 * number), rng)
        try:
            await store_file(identity.parts, sender, edi.pieces(mutation.raw, 4_000))
        except (NotAnInterchange, ControlNumberReused):
            refused += 1
        await desk.work()
    imports = await identity.rows("SELECT status, count(*) FROM enrollment_import GROUP BY status")
    assert imports == [{"status": "done", "count": 501 - refused}]
    assert refused < 50
    after = await identity.rows(POLICIES)
    assert [row for row in after if row in before] == before
    assert await identity.broken_checks() == {}


async def test_files_made_wrong_over_http_are_never_a_500(identity: Identity) -> None:
    """Sixty of them by HTTP: 202, or a refusal that says why; results have a reason for each line that is not taken."""
    desk, rng = FileDesk(identity), random.Random(17)  # noqa: S311 - not for secrets
    for number in range(60):
        sent = await desk.send(mutate(several(10 + 2 * number), rng).raw)
        if sent.status != 202:
            assert REFUSALS[sent.problem] == sent.status
            continue
        await desk.work()
        shown = (await desk.show(sent.body["import_id"], "?limit=500")).body
        assert shown["status"] == "done"
        assert sum(shown["counts"].values()) == len(shown["lines"]) > 0
        for line in shown["lines"]:
            assert line["segment"] > 0
            assert said(line) or line["status"] in ("accepted", "unchanged")
    assert await identity.broken_checks() == {}

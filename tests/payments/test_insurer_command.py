"""The operator's command `insurer`, and what members then see beside their policies."""

import pytest

from services.payments.wiring import insurer
from tests.payments.paying_world import World


async def shown(world: World) -> dict[str, object]:
    """The insurer of the member's only policy; in the list as by itself."""
    (policy,) = (await world.get("/v1/policies"))["items"]
    assert (await world.get(f"/v1/policies/{policy['policy_id']}"))["insurer"] == policy["insurer"]
    found: dict[str, object] = policy["insurer"]
    return found


async def test_an_operator_tells_how_an_insurer_is_reached(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    """Members see phone and website as soon as they are set; a later change leaves what it does not name."""
    await world.enroll()
    assert await shown(world) == {"insurer_id": "acme", "name": "Acme Health", "phone": None, "website": None}
    told = ("set", "acme", "--phone", "1-800-555-0123", "--website", "https://acme.example")
    assert await insurer(world.parts, told) == 0
    assert capsys.readouterr().out == "acme\t-\t(800) 555-0123\thttps://acme.example\n"
    assert await insurer(world.parts, ("set", "acme", "--name", "Acme")) == 0
    reached = {"insurer_id": "acme", "name": "Acme", "phone": "(800) 555-0123", "website": "https://acme.example"}
    assert await shown(world) == reached
    assert await insurer(world.parts, ("set", "acme", "--name", "", "--phone", "")) == 0
    assert await shown(world) == {**reached, "name": "Acme Health", "phone": None}


async def test_the_list_has_every_insurer_with_and_without_contacts(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    """Who has a policy here but no contacts is seen as well: there something is to be done."""
    await world.enroll()
    await world.enroll()
    assert await insurer(world.parts, ("set", "smile", "--phone", "8005550123")) == 0
    capsys.readouterr()
    assert await insurer(world.parts, ("list",)) == 0
    assert capsys.readouterr().out == "acme\tAcme Health\t-\t-\nsmile\t-\t(800) 555-0123\t-\n"


async def test_what_cannot_be_shown_to_members_is_refused_in_one_line(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing is kept of it, and the words say what it must look like."""
    wrong = (("acme", "--phone", "call us"), ("acme", "--website", "http://acme.example"), ("a b", "--name", "Acme"))
    for arguments in wrong:
        assert await insurer(world.parts, ("set", *arguments)) == 2
        out, errors = capsys.readouterr()
        assert (out, errors.count("\n")) == ("", 1)
        assert errors.startswith("payments: ")
    with pytest.raises(SystemExit, match="2"):
        await insurer(world.parts, ("set", "acme"))
    assert "say what to set" in capsys.readouterr().err
    assert await world.value("SELECT count(*) FROM insurer_contact") == 0

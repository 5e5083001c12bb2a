"""Forms are ours, and drafts are readable to us alone."""

import base64

import pytest

from services.gateway.providers.page_keys import PageKeys

KEY, OTHER_KEY = bytes(range(32)), bytes(range(1, 33))


def test_a_form_fits_the_browser_that_it_was_shown_to() -> None:
    """Another browser's token, another key's, none at all: refused."""
    keys = PageKeys(KEY)
    token = keys.form_token("visit-1")
    assert keys.form_token_fits("visit-1", token)
    assert not keys.form_token_fits("visit-2", token)
    assert not PageKeys(OTHER_KEY).form_token_fits("visit-1", token)
    assert not keys.form_token_fits("visit-1", "")
    assert not keys.form_token_fits("", keys.form_token(""))
    assert not keys.form_token_fits("visit-1", "ä")


def test_a_draft_comes_back_as_it_was_until_its_time_is_over() -> None:
    """Half an hour later one starts again."""
    now = [1000.0]
    keys = PageKeys(KEY, lambda: now[0])
    draft = keys.seal("sign-up", {"ssn": "212-55-0177"}, seconds=1800)
    assert "212" not in draft
    assert b"212-55" not in base64.urlsafe_b64decode(draft)
    assert keys.unseal("sign-up", draft) == {"ssn": "212-55-0177"}
    now[0] += 1801
    assert keys.unseal("sign-up", draft) is None


@pytest.mark.parametrize("broken", ["", "x", "****", "AAAA", "ä" * 40, "A" * 400])
def test_what_is_no_draft_of_ours_is_nothing(broken: str) -> None:
    """A cookie that somebody made up is as good as none."""
    assert PageKeys(KEY).unseal("sign-up", broken) is None


def test_a_draft_serves_its_own_purpose_only() -> None:
    """Neither another form nor another key opens it, nor one with a changed letter."""
    keys = PageKeys(KEY)
    draft = keys.seal("card", {"token": "tok_1"}, seconds=60)
    assert keys.unseal("sign-up", draft) is None
    assert PageKeys(OTHER_KEY).unseal("card", draft) is None
    assert keys.unseal("card", ("B" if draft[0] == "A" else "A") + draft[1:]) is None
    assert keys.seal("card", {"token": "tok_1"}, seconds=60) != draft

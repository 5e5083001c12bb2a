"""The catalog of notices is whole: a row, words in each language and a subscription for each kind."""

import pytest

from services.notify.domain.catalog import CATALOG, CONTACT_FACTS, Language, NoticeKind, row_of, rows_for
from services.notify.events import SUBSCRIPTIONS
from services.notify.usecases.write_letter import TEMPLATES
from shared.contracts.identity import AccountRegisteredV1


@pytest.mark.parametrize("kind", NoticeKind)
def test_each_kind_has_one_row(kind: NoticeKind) -> None:
    """A kind stands in the catalog exactly once."""
    assert [row for row in CATALOG if row.kind is kind] == [row_of(kind)]


@pytest.mark.parametrize("kind", NoticeKind)
@pytest.mark.parametrize("language", Language)
def test_each_kind_has_words_in_each_language(kind: NoticeKind, language: Language) -> None:
    """Nobody gets a notice in a language that they did not choose because a template is missing."""
    assert (TEMPLATES / language / row_of(kind).template).is_file()


@pytest.mark.parametrize("language", Language)
def test_no_template_is_left_over(language: Language) -> None:
    """A template that no row names would be dead text."""
    found = {path.name for path in (TEMPLATES / language).iterdir()}
    assert found == {row.template for row in CATALOG} | {"letter.jinja"}


def test_subscriptions_follow_from_the_catalog() -> None:
    """What the catalog tells is heard, besides the facts that bring contacts, and nothing else."""
    assert set(SUBSCRIPTIONS) == {row.fact for row in CATALOG} | set(CONTACT_FACTS)


def test_a_new_account_is_heard_and_not_told() -> None:
    """Registering brings the contact; there is no mail for it."""
    assert rows_for(AccountRegisteredV1) == ()

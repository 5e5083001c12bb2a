"""Tokens and kept cards. A token has one purpose: to become a kept card, or to be charged once.

`app` calls `add_token` and `keep_card`; `charges` asks for the card behind a source; `restore` fills it at start.
"""

import secrets

from deploy.processor_sandbox.cards import Card
from deploy.processor_sandbox.errors import TokenUsed, UnknownSource, UnknownToken
from deploy.processor_sandbox.journal import Journal, RecordKind


class Vault:
    """Every token and kept card of the journal, in memory."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._card_by_token: dict[str, Card] = {}
        self._card_by_card_id: dict[str, Card] = {}
        self._card_id_by_token: dict[str, str] = {}
        self._charged_tokens: set[str] = set()

    def add_token(self, card: Card) -> str:
        """Make an unguessable token for `card`. Raises JournalUnavailable."""
        token = f"tok_{secrets.token_urlsafe(24)}"
        self._journal.append(RecordKind.TOKEN, token=token, card=card)
        self.restore_token(token, card)
        return token

    def keep_card(self, token: str) -> tuple[str, Card]:
        """Keep the card of `token` for later charges; the same token gives the same card id again.

        Raises UnknownToken; TokenUsed when it was charged as a one-time card; JournalUnavailable.
        """
        card = self._card_by_token.get(token)
        if card is None:
            raise UnknownToken("token", "There is no such token.")
        if token in self._charged_tokens:
            raise TokenUsed
        if token not in self._card_id_by_token:
            card_id = f"card_{secrets.token_urlsafe(18)}"
            self._journal.append(RecordKind.CARD, card_id=card_id, token=token)
            self.restore_card(card_id, token)
        return self._card_id_by_token[token], card

    def get_chargeable(self, source: str) -> Card:
        """Find the card behind a card id, or behind a token not used yet. Raises UnknownSource, TokenUsed."""
        card = self._card_by_card_id.get(source)
        if card is not None:
            return card
        card = self._card_by_token.get(source)
        if card is None:
            raise UnknownSource("source", "There is no such card or token.")
        if source in self._charged_tokens or source in self._card_id_by_token:
            raise TokenUsed
        return card

    def mark_charged(self, source: str) -> None:
        """Remember that a token has served as a one-time card; the charge's own record keeps it over restarts."""
        if source in self._card_by_token:
            self._charged_tokens.add(source)

    def restore_token(self, token: str, card: Card) -> None:
        """Take a token from the journal."""
        self._card_by_token[token] = card

    def restore_card(self, card_id: str, token: str) -> None:
        """Take a kept card from the journal; its token stands before it there."""
        self._card_by_card_id[card_id] = self._card_by_token[token]
        self._card_id_by_token[token] = card_id

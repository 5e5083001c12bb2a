"""Bring vault and charge book back from the journal at start, refusing a journal that breaks their rules."""

from typing import Any, assert_never

from deploy.processor_sandbox.cards import Card, CardBehavior
from deploy.processor_sandbox.charges import Charge, ChargeBook, ChargeStatus
from deploy.processor_sandbox.errors import JournalDamaged
from deploy.processor_sandbox.journal import Journal, RecordKind
from deploy.processor_sandbox.vault import Vault


def restore(journal: Journal) -> tuple[Vault, ChargeBook]:
    """Read the whole journal. Raises JournalDamaged with the line that cannot be true."""
    vault = Vault(journal)
    book = ChargeBook(journal, vault)
    for line_number, record in enumerate(journal.read_records(), start=1):
        try:
            _restore_record(record, vault, book)
        except (KeyError, TypeError, ValueError) as error:
            raise JournalDamaged(f"line {line_number} cannot be true: {type(error).__name__}") from error
    return vault, book


def _restore_record(record: dict[str, Any], vault: Vault, book: ChargeBook) -> None:
    kind = RecordKind(record["kind"])
    match kind:
        case RecordKind.TOKEN:
            card = record["card"]
            vault.restore_token(record["token"], Card(**{**card, "behavior": CardBehavior(card["behavior"])}))
        case RecordKind.CARD:
            vault.restore_card(record["card_id"], record["token"])
        case RecordKind.CHARGE:
            charge = record["charge"]
            book.restore_charge(Charge(**{**charge, "status": ChargeStatus(charge["status"])}))
        case RecordKind.VOID:
            book.restore_void(record["key"])
        case _:
            assert_never(kind)

"""Charges and voids: at most one charge per key, ever.

The look-up by key, the journal line and the index change without an `await` between them, so that no two requests
can charge one key. `app` calls in; `restore` fills the book at start.
"""

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from deploy.processor_sandbox.cards import DECLINE_CODES, CardBehavior
from deploy.processor_sandbox.errors import ChargeExists, KeyReused, KeyVoided
from deploy.processor_sandbox.journal import Journal, RecordKind
from deploy.processor_sandbox.requests import ChargeRequest
from deploy.processor_sandbox.vault import Vault


class ChargeStatus(StrEnum):
    """How a charge ended; both are final."""

    SUCCEEDED = "succeeded"
    DECLINED = "declined"


@dataclass(frozen=True, slots=True)
class Charge:
    """One charge as the journal keeps it; `amount_cents` in US cents, `created_at` in RFC 3339, UTC."""

    charge_id: str
    key: str
    status: ChargeStatus
    amount_cents: int
    reference: str
    source: str
    statement_text: str
    decline_code: str | None
    created_at: str

    def as_answer(self) -> dict[str, Any]:
        """Show what a caller gets to see."""
        answer: dict[str, Any] = {
            "charge_id": self.charge_id,
            "key": self.key,
            "status": self.status,
            "amount_cents": self.amount_cents,
            "reference": self.reference,
            "source": self.source,
            "created_at": self.created_at,
        }
        if self.decline_code is not None:
            answer["decline_code"] = self.decline_code
        return answer

    def was_asked_by(self, request: ChargeRequest) -> bool:
        """Tell whether `request` is the body this charge was made from."""
        return (
            self.amount_cents == request.amount_cents
            and self.source == request.source
            and self.reference == request.reference
            and self.statement_text == request.statement_text
        )


@dataclass(frozen=True, slots=True)
class ChargeResult:
    """A charge, how its card wants the answer treated, and whether the key had charged before."""

    charge: Charge
    behavior: CardBehavior
    is_replay: bool


class ChargeBook:
    """Every charge and void of the journal, in memory, by number, key and reference."""

    def __init__(self, journal: Journal, vault: Vault) -> None:
        self._journal = journal
        self._vault = vault
        self._charges: list[Charge] = []
        self._charge_by_key: dict[str, Charge] = {}
        self._charges_by_reference: dict[str, list[Charge]] = {}
        self._voided_keys: set[str] = set()

    def charge(self, key: str, request: ChargeRequest) -> ChargeResult:
        """Charge once under `key`, or show the charge that is there.

        Raises KeyReused, KeyVoided, UnknownSource, TokenUsed, JournalUnavailable; none of them charges.
        """
        earlier = self._charge_by_key.get(key)
        if earlier is not None:
            if not earlier.was_asked_by(request):
                raise KeyReused
            return ChargeResult(earlier, CardBehavior.APPROVE, is_replay=True)
        if key in self._voided_keys:
            raise KeyVoided
        behavior = self._vault.get_chargeable(request.source).behavior
        charge = _decided(key, request, behavior)
        self._journal.append(RecordKind.CHARGE, charge=charge)
        self.restore_charge(charge)
        return ChargeResult(charge, behavior, is_replay=False)

    def void(self, key: str) -> None:
        """Make sure `key` never charges; again is fine. Raises ChargeExists, JournalUnavailable."""
        charge = self._charge_by_key.get(key)
        if charge is not None:
            raise ChargeExists(charge.as_answer())
        if key not in self._voided_keys:
            self._journal.append(RecordKind.VOID, key=key)
            self._voided_keys.add(key)

    def list_by_key(self, key: str) -> list[Charge]:
        """List the charge under `key`, if any."""
        charge = self._charge_by_key.get(key)
        return [] if charge is None else [charge]

    def list_by_reference(self, reference: str) -> list[Charge]:
        """List the charges with `reference`, newest last."""
        return self._charges_by_reference.get(reference, [])

    def list_after(self, number: int, limit: int) -> tuple[list[Charge], int | None]:
        """List up to `limit` charges after charge `number` (the first is 1), and the next cursor, None at the end."""
        end = number + limit
        return self._charges[number:end], end if end < len(self._charges) else None

    def restore_charge(self, charge: Charge) -> None:
        """Take a charge that stands in the journal. Raises ValueError when its key has charged or was voided."""
        if charge.key in self._charge_by_key or charge.key in self._voided_keys:
            raise ValueError("a second charge, or one after its void, under one key")
        self._charges.append(charge)
        self._charge_by_key[charge.key] = charge
        self._charges_by_reference.setdefault(charge.reference, []).append(charge)
        self._vault.mark_charged(charge.source)

    def restore_void(self, key: str) -> None:
        """Take a void that stands in the journal. Raises ValueError when its key has charged."""
        if key in self._charge_by_key:
            raise ValueError("a void after its charge")
        self._voided_keys.add(key)


def _decided(key: str, request: ChargeRequest, behavior: CardBehavior) -> Charge:
    decline_code = DECLINE_CODES.get(behavior)
    return Charge(
        charge_id=f"ch_{secrets.token_hex(12)}",
        key=key,
        status=ChargeStatus.SUCCEEDED if decline_code is None else ChargeStatus.DECLINED,
        amount_cents=request.amount_cents,
        reference=request.reference,
        source=request.source,
        statement_text=request.statement_text,
        decline_code=decline_code,
        created_at=datetime.now(UTC).isoformat(timespec="milliseconds"),
    )

"""What callers may send, checked strictly: one frozen model per body. `http.read_model` fills them from the bytes."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

KEY_PATTERN = r"^[!-~]{1,255}$"
MAX_AMOUNT_CENTS = 99_999_999

Key = Annotated[str, Field(pattern=KEY_PATTERN)]
Rate = Annotated[float, Field(ge=0, le=1)]


class _Request(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, allow_inf_nan=False, hide_input_in_errors=True)


class CardDetails(_Request):
    """A card as its holder types it; it is looked at once and never kept."""

    number: Annotated[str, Field(pattern=r"^[0-9]{12,19}$", repr=False)]
    exp_month: Annotated[int, Field(ge=1, le=12)]
    exp_year: Annotated[int, Field(ge=2000, le=2199)]
    cvc: Annotated[str, Field(pattern=r"^[0-9]{3,4}$", repr=False)]


class TokenRequest(_Request):
    """A card to be turned into a token."""

    card: CardDetails


class CardRequest(_Request):
    """A token whose card is to be kept for later charges."""

    token: Annotated[str, Field(pattern=r"^tok_[A-Za-z0-9_-]{1,64}$")]


class ChargeRequest(_Request):
    """One charge, to a kept card or to a token as a one-time card."""

    amount_cents: Annotated[int, Field(ge=1, le=MAX_AMOUNT_CENTS)]
    currency: Literal["usd"]
    source: Annotated[str, Field(pattern=r"^(card|tok)_[A-Za-z0-9_-]{1,64}$")]
    reference: Annotated[str, Field(pattern=r"^[ -~]{1,100}$")]
    statement_text: Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[^\p{Cc}]+$")]


class VoidRequest(_Request):
    """A key that must never charge from now on."""

    key: Key


class FaultRates(_Request):
    """How often POST /v1/charges goes wrong, as shares from 0 to 1, and how long it waits before it charges."""

    charge_then_silence: Rate = 0.0
    charge_then_500: Rate = 0.0
    error_500_before_charge: Rate = 0.0
    refuse_503: Rate = 0.0
    delay_seconds: Annotated[float, Field(ge=0, le=600)] = 0.0
    seed: Annotated[int, Field(ge=0, lt=2**63)] | None = None

"""A receipt as PDF, tagged for screen readers (PDF/UA-1), from the template and the texts in `templates/receipt/`.

Next: `show_receipt.py` asks for it, `providers/typesetter.py` sets it.
"""

import orjson

from services.gateway.domain.receipt import Help, Receipt, Texts, receipt_words
from services.gateway.domain.wording import Language
from services.gateway.providers.typesetter import GATEWAY, Typesetter

TEMPLATE = GATEWAY / "templates" / "receipt" / "receipt.typ"
TEXTS = GATEWAY / "templates" / "receipt" / "texts.json"


class ReceiptWriter:
    """Writes receipts; `help_at` is where they send people who have a question."""

    def __init__(self, help_at: Help, typesetter: Typesetter) -> None:
        self._help_at = help_at
        self._typesetter = typesetter
        self._texts: dict[str, Texts] = orjson.loads(TEXTS.read_bytes())

    async def write(self, receipt: Receipt, language: Language) -> bytes:
        """The receipt as PDF; the same receipt gives the same bytes. Raises TypesetterBusy, TypesettingFailed."""
        words = receipt_words(receipt, self._help_at, language, self._texts[language])
        return await self._typesetter.set(TEMPLATE, {"receipt": orjson.dumps(words).decode()}, receipt.accepted_at)

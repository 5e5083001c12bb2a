"""A form as a person filled it in: what they typed is kept, what is wrong is said beside the field and on top.

Next: `http/pages/*.py` fill it, `templates/parts/forms.html` shows it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

NEVER_SHOWN_AGAIN = frozenset({"password", "new_password", "old_password", "ssn", "code"})


@dataclass(slots=True)
class Form:
    """Values and errors by field name. Secrets are readable here, but no template gets them back."""

    typed: Mapping[str, str] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def values(self) -> dict[str, str]:
        """What templates may show: everything that was typed but secrets."""
        return {name: text for name, text in self.typed.items() if name not in NEVER_SHOWN_AGAIN}

    @property
    def summary(self) -> list[tuple[str, str]]:
        """Each error with its field, in the order in which they were found."""
        return list(self.errors.items())

    def text(self, name: str) -> str:
        """A field without the blanks around it; what is not there is empty."""
        return self.typed.get(name, "").strip()

    def raw(self, name: str) -> str:
        """A field exactly as typed: for passwords, whose blanks count."""
        return self.typed.get(name, "")

    def refuse(self, name: str, words: str) -> None:
        """Say what is wrong with a field; the first error of a field stays."""
        self.errors.setdefault(name, words)

    def need(self, name: str, words: str) -> str:
        """A field that must be filled in, else it is refused with `words`."""
        text = self.text(name)
        if not text:
            self.refuse(name, words)
        return text

    @property
    def is_fine(self) -> bool:
        """Whether nothing was refused."""
        return not self.errors

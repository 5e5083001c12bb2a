"""What a person chooses from: the right answer among wrong ones that could as well be right, or decoys alone.

The same person always gets the same choices (the seed is a keyed hash of who they say they are), so that asking
again, or with another account, does not show which choice stays. Wrong choices come from names of plans and areas in
use, never from one other person's record; the right one has no place, roundness or range of its own.
"""

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from services.identity.domain.verification import Question, QuestionKind

CHOICES = 5
NONE_OF_THESE = "None of these"
DECOY_PREMIUM_CENTS = (18_000, 95_000)
LEAST_GAP_CENTS = 700


@dataclass(frozen=True, slots=True)
class Remembered:
    """What the record knows of one policy; a premium that the feed did not say is None."""

    plan: str
    premium_cents: int | None


@dataclass(frozen=True, slots=True)
class Pool:
    """What wrong choices are drawn from: names of plans, and first three digits of ZIP codes."""

    plans: Sequence[str]
    zip_prefixes: Sequence[str]


def draw_questions(
    seed: bytes, policies: Sequence[Remembered], zip_code: str | None, pool: Pool
) -> tuple[Question, ...]:
    """The three questions for a record, or decoys where `policies` is empty. Same inputs, same questions."""
    rng = random.Random(seed)  # noqa: S311 - the seed is a keyed hash that nobody outside can compute
    return (
        _plan(rng, [policy.plan for policy in policies], pool.plans),
        _premium(rng, [policy.premium_cents for policy in policies]),
        _zip(rng, zip_code if policies else None, pool.zip_prefixes),
    )


def show_cents(amount_cents: int) -> str:
    """An amount as people read it: `$1,234.50`."""
    return f"${amount_cents // 100:,}.{amount_cents % 100:02d}"


def _plan(rng: random.Random, own: Sequence[str], pool: Sequence[str]) -> Question:
    right = own[0] if own else None
    named = {plan.casefold() for plan in own}
    others = sorted({plan for plan in pool if plan.casefold() not in named})
    rng.shuffle(others)
    return _shuffled(rng, QuestionKind.PLAN, right, others)


def _premium(rng: random.Random, own: Sequence[int | None]) -> Question:
    known = [cents for cents in own if cents is not None]
    anchor = known[0] if known else rng.randint(*DECOY_PREMIUM_CENTS)
    wrong = [show_cents(cents) for cents in _ladder(rng, anchor) if cents not in known]
    if known:
        return _shuffled(rng, QuestionKind.PREMIUM, show_cents(known[0]), wrong)
    question = _shuffled(rng, QuestionKind.PREMIUM, None, wrong)
    return Question(question.kind, question.choices, NONE_OF_THESE) if own else question


def _ladder(rng: random.Random, anchor: int) -> Iterable[int]:
    """Amounts around the anchor, which is as likely the least as the greatest or one between; as round as it is."""
    rank = rng.randrange(CHOICES)
    gap = max(LEAST_GAP_CENTS, int(anchor * rng.uniform(0.06, 0.15)))
    rank = min(rank, anchor // (gap * 2))
    grain = 100 if anchor % 100 == 0 else 1
    for step in range(-rank, CHOICES * 2 - rank):
        if step != 0:
            wobble = int(gap * rng.uniform(-0.3, 0.3))
            yield max(0, (anchor + step * gap + wobble) // grain * grain)


def _zip(rng: random.Random, own: str | None, prefixes: Sequence[str]) -> Question:
    prefix = own[:3] if own else rng.choice(sorted(prefixes))
    endings = [f"{prefix}{ending:02d}" for ending in range(1, 100)]
    rng.shuffle(endings)
    right = own[:5] if own else None
    return _shuffled(rng, QuestionKind.ZIP, right, [ending for ending in endings if ending != right])


def _shuffled(rng: random.Random, kind: QuestionKind, right: str | None, wrong: Iterable[str]) -> Question:
    """Five choices in an order that says nothing, and `None of these` at the end as always."""
    wanted = CHOICES if right is None else CHOICES - 1
    choices = [*dict.fromkeys(wrong)][:wanted] + ([] if right is None else [right])
    rng.shuffle(choices)
    return Question(kind, (*choices, NONE_OF_THESE), right)

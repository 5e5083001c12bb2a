"""What the gateway remembers of callers, and for how long."""

from services.gateway.domain.caller_cache import CallerCache, KnownCaller, hash_token


def _cache(max_entries: int = 3, max_refusals: int = 2) -> CallerCache:
    return CallerCache(max_entries=max_entries, max_refusals=max_refusals, keep_seconds=10, keep_refusal_seconds=1.5)


def _caller(holder_id: str = "ana", usable_seconds: float = 40) -> KnownCaller:
    return KnownCaller("service-token", holder_id, usable_seconds)


def test_a_caller_is_remembered_for_ten_seconds_and_not_longer() -> None:
    """What identity said is believed for 10 s."""
    cache = _cache()
    cache.remember("a", _caller(), now_seconds=100)
    assert cache.find("a", 109.9) == _caller()
    assert cache.find("a", 110) is None
    assert len(cache) == 0


def test_a_caller_is_not_remembered_longer_than_the_service_token_is_usable() -> None:
    """A service token which is about to expire is not handed out."""
    cache = _cache()
    cache.remember("a", _caller(usable_seconds=4), now_seconds=0)
    assert cache.find("a", 3.9) is not None
    assert cache.find("a", 4) is None


def test_the_longest_unused_caller_goes_first() -> None:
    """The memory is bounded; who calls often stays."""
    cache = _cache(max_entries=2)
    cache.remember("a", _caller(), 0)
    cache.remember("b", _caller(), 0)
    assert cache.find("a", 1) is not None
    cache.remember("c", _caller(), 1)
    assert cache.find("b", 1) is None
    assert cache.find("a", 1) is not None


def test_a_flood_of_bad_tokens_displaces_nobody() -> None:
    """Refusals are kept apart, few and short."""
    cache = _cache()
    cache.remember("a", _caller(), 0)
    for number in range(1000):
        cache.remember_refusal(f"bad-{number}", 0)
    assert cache.find("a", 1) is not None
    assert len(cache) == 3
    assert cache.is_refused("bad-999", 1.4)
    assert not cache.is_refused("bad-999", 1.5)
    assert not cache.is_refused("bad-0", 0)


def test_forgetting_a_session_an_account_and_everybody() -> None:
    """A log-out forgets one token, a log-out everywhere those of the account, a reconnect all."""
    cache = _cache()
    for token_hash, holder_id in (("a1", "ana"), ("a2", "ana"), ("b1", "ben")):
        cache.remember(token_hash, _caller(holder_id), 0)
    cache.forget("unknown")
    cache.forget("a1")
    assert cache.find("a1", 1) is None
    cache.forget_holder("ana")
    assert cache.find("a2", 1) is None
    assert cache.find("b1", 1) is not None
    cache.clear()
    assert len(cache) == 0


def test_tokens_are_hashed_as_identity_hashes_them() -> None:
    """SHA-256 in hex of the token's bytes; odd characters do not raise."""
    assert hash_token("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert len(hash_token("\udcff")) == 64

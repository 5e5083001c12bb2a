"""Accounts over HTTP: what is taken, what is refused and in which words, and what is never told."""

from typing import Any

from tests.identity import people
from tests.identity.conftest import Identity


async def test_a_person_makes_an_account_and_sees_it(identity: Identity) -> None:
    """A new account is unverified and shows its owner what they typed, and of the SSN the last four digits only."""
    account_id = await identity.register()
    shown = await identity.call("GET", "/v1/account", token=await identity.enter())
    assert shown.status == 200
    assert shown.body == {
        "account_id": str(account_id),
        "status": "unverified",
        "username": "maria.garcia",
        "legal_name": {"first": "Maria", "middle": "Elena", "last": "García-López", "suffix": None},
        "date_of_birth": "1984-05-17",
        "ssn_last4": "4399",
        "email": "maria@mail.test",
        "phone": "+12025550143",
        "language": "es",
        "mailing_address": None,
    }


async def test_registration_is_announced_once(identity: Identity) -> None:
    """notify learns of a new account by one fact that carries no SSN, birth date or family name."""
    account_id = await identity.register()
    facts = await identity.said("account.registered.v1")
    assert [fact["account_id"] for fact in facts] == [str(account_id)]
    assert facts[0]["first_name"] == "Maria"
    assert facts[0]["version"] == 1
    assert not {"ssn", "date_of_birth", "last"} & set(facts[0])


async def test_a_taken_user_name_is_told_whatever_its_case(identity: Identity) -> None:
    """Two people cannot have user names that differ by case only."""
    await identity.register()
    refused = await identity.call("POST", "/v1/accounts", body=people.account(username="MARIA.Garcia"))
    assert (refused.status, refused.problem, refused.pointers) == (409, "username-taken", {"/username"})


async def test_a_taken_email_and_ssn_are_never_told(identity: Identity) -> None:
    """Whoever tries a stranger's e-mail address and SSN is answered as for new ones."""
    first = await identity.call("POST", "/v1/accounts", body=people.account())
    second = await identity.call("POST", "/v1/accounts", body=people.account(username="somebody.else"))
    assert (first.status, second.status) == (201, 201)
    assert set(first.body) == set(second.body)
    assert first.body["status"] == second.body["status"] == "unverified"


async def test_asking_for_many_taken_names_makes_the_network_wait(identity: Identity) -> None:
    """User names cannot be listed by trying them: after 20 the network waits, and others do not."""
    await identity.register()
    probes = [await identity.call("POST", "/v1/accounts", body=people.account()) for _ in range(22)]
    assert [probe.status for probe in probes[:21]] == [409] * 21
    assert (probes[21].status, probes[21].problem) == (429, "too-many-attempts")
    assert (probes[21].headers["Retry-After"], probes[21].body["detail"]) == (
        "1",
        "Please wait 1 second and try again.",
    )
    other = await identity.call("POST", "/v1/accounts", body=people.account(), address="203.0.113.9")
    assert other.status == 409


WEAK_PASSWORDS = [
    ("Hq7-Lmx", {"too-short"}),
    ("Quiet-Heron-Lake", {"digit-missing"}),
    ("QuietHeron42Lake", {"special-missing"}),
    ("4242-9797-1313-88", {"letter-missing"}),
    ("Password123!", {"too-common"}),
    ("P@ssw0rd1234", {"too-common"}),
    ("Maria-Heron-42-x", {"personal"}),
    ("my-garcía-lópez-42", {"personal"}),
    ("x-maria.garcia-42", {"personal"}),
    ("Quiet-536904399-x", {"personal"}),
    ("Quiet-Heron-42-" + "x7" * 60, {"too-long"}),
    ("1234", {"too-short", "letter-missing", "special-missing", "too-common"}),
]
ALPHABETS = ["Straße-Überfluß-9 ok", "静かな鷺-42-湖のほとり", "тихая-Цапля-42-озеро", "😀-heron-42-lake"]


async def test_a_weak_password_is_refused_with_every_reason(identity: Identity) -> None:
    """The person reads all that is wrong with their password at once."""
    for password, reasons in WEAK_PASSWORDS:
        refused = await identity.call("POST", "/v1/accounts", body=people.account(password=password))
        assert (refused.status, refused.problem) == (422, "weak-password"), password
        assert {error["code"] for error in refused.body["errors"]} == reasons, password
        assert refused.pointers == {"/password"}
        assert password not in str(refused.body)


async def test_passwords_of_any_alphabet_open_the_account(identity: Identity) -> None:
    """A password may hold any characters that can be typed, and then logs its owner in."""
    for place, password in enumerate(ALPHABETS):
        await identity.register(password=password, username=f"reader-{place}")
        assert (await identity.try_log_in(f"reader-{place}", password)).status == 201, password


async def test_a_password_typed_on_another_device_is_the_same(identity: Identity) -> None:
    """Composed and decomposed accents, as different keyboards send them, are one password."""
    await identity.register(password="caf\u00e9-Heron-42-x")
    assert (await identity.try_log_in("maria.garcia", "cafe\u0301-Heron-42-x")).status == 201


NAME = {"first": "Ana", "last": "Ruiz"}
BAD_ACCOUNTS: list[tuple[dict[str, Any], str]] = [
    ({"legal_name": {"first": "Ana"}}, "/legal_name/last"),
    ({"legal_name": {**NAME, "first": ""}}, "/legal_name/first"),
    ({"legal_name": {**NAME, "first": "A\u0000na"}}, "/legal_name/first"),
    ({"legal_name": {**NAME, "first": "A\u202ena"}}, "/legal_name/first"),
    ({"legal_name": {**NAME, "first": "12345678"}}, "/legal_name/first"),
    ({"legal_name": {**NAME, "last": "536904399 x"}}, "/legal_name/last"),
    ({"legal_name": {**NAME, "middle": "x" * 101}}, "/legal_name/middle"),
    ({"legal_name": {**NAME, "nick": "x"}}, "/legal_name/nick"),
    ({"legal_name": "Ana Ruiz"}, "/legal_name"),
    ({"date_of_birth": "1984-13-40"}, "/date_of_birth"),
    ({"date_of_birth": "17.05.1984"}, "/date_of_birth"),
    ({"date_of_birth": 0}, "/date_of_birth"),
    ({"date_of_birth": "1899-12-31"}, "/date_of_birth"),
    ({"date_of_birth": "2026-12-02"}, "/date_of_birth"),
    ({"ssn": "000-12-3456"}, "/ssn"),
    ({"ssn": "666-12-3456"}, "/ssn"),
    ({"ssn": "912-12-3456"}, "/ssn"),
    ({"ssn": "123-00-3456"}, "/ssn"),
    ({"ssn": "123-45-0000"}, "/ssn"),
    ({"ssn": "12345678"}, "/ssn"),
    ({"ssn": "\uff112345678"}, "/ssn"),
    ({"ssn": 536904399}, "/ssn"),
    ({"username": "ab"}, "/username"),
    ({"username": "a" * 65}, "/username"),
    ({"username": "maria@mail.test"}, "/username"),
    ({"username": "maria garcia"}, "/username"),
    ({"username": "maria\u0000"}, "/username"),
    ({"username": ["maria"]}, "/username"),
    ({"username": "m536904399"}, "/username"),
    ({"username": "maria.536-90-4399"}, "/username"),
    ({"email": "536904399@mail.test"}, "/email"),
    ({"password": 12}, "/password"),
    ({"password": "x" * 1001}, "/password"),
    ({"password": "Quiet-Heron-42\u0000Lake"}, "/password"),
    ({"email": "maria"}, "/email"),
    ({"email": "maria@mail.test\r\nBcc: x@y.test"}, "/email"),
    ({"email": "m" * 250 + "@mail.test"}, "/email"),
    ({"email": {"address": "x"}}, "/email"),
    ({"phone": "12"}, "/phone"),
    ({"phone": "call me"}, "/phone"),
    ({"phone": True}, "/phone"),
    ({"language": "fr"}, "/language"),
    ({"role": "admin"}, "/role"),
]


BROKEN_BODIES = [
    b"", b"{", b"[]", b'"x"', b"null", b"\xff\xfe", b'{"username": "\\ud800"}', b"[" * 3000, b'{"ssn": 1e999}', b"\x00",
]  # fmt: skip


async def test_a_bad_field_is_named_in_plain_words(identity: Identity) -> None:
    """Each field that cannot be right is named, its value is not repeated, and nothing is kept."""
    for changes, pointer in BAD_ACCOUNTS:
        refused = await identity.call("POST", "/v1/accounts", body=people.account(**changes))
        assert (refused.status, refused.problem) == (422, "invalid-fields"), changes
        assert refused.pointers == {pointer}, changes
        assert all(error["message"].endswith(".") for error in refused.body["errors"]), refused.body
        assert "536904399" not in str(refused.body)
    assert await identity.rows("SELECT account_id FROM account") == []


async def test_a_field_that_is_missing_is_named(identity: Identity) -> None:
    """Every field that an account needs is asked for by name."""
    for name in ("legal_name", "date_of_birth", "ssn", "username", "password", "email"):
        refused = await identity.call("POST", "/v1/accounts", body=people.account(**{name: None}))
        assert (refused.status, refused.pointers) == (422, {f"/{name}"}), name


async def test_what_is_no_registration_is_refused(identity: Identity) -> None:
    """Bodies that are broken, empty or of another shape answer 4xx, never 500."""
    for raw in BROKEN_BODIES:
        refused = await identity.call("POST", "/v1/accounts", raw=raw)
        assert refused.status in (400, 422), raw


async def test_a_name_in_any_alphabet_is_kept_as_written(identity: Identity) -> None:
    """People are not asked to write their names in Latin letters."""
    name = {"first": "Νίκη", "last": "黄", "suffix": "III"}
    await identity.register(legal_name=name)
    shown = await identity.call("GET", "/v1/account", token=await identity.enter())
    assert shown.body["legal_name"] == {**name, "middle": None}


async def test_without_a_session_nothing_is_shown(identity: Identity) -> None:
    """Routes of accounts ask for a token that identity signed."""
    for method, path in [("GET", "/v1/account"), ("GET", "/v1/sessions"), ("DELETE", "/v1/sessions")]:
        assert (await identity.call(method, path)).status == 401
        assert (await identity.call(method, path, token="x.y.z")).status == 401

"""Who may call over HTTP: tokens are checked by the service itself, every rule of the table is kept."""

import base64
import json
import time
from collections.abc import AsyncIterator, Mapping
from typing import Any
from uuid import uuid4

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey, OKPKey, RSAKey

from shared.testing.http import GATEWAY_KEY, PRIVATE_KEY, PUBLIC_KEY, ServiceUnderTest, token
from tests.shared.sample_service import sample_service
from tests.shared.test_http_bad_input import GOOD, assert_is_problem

OWN_KEY = OKPKey.import_key(json.loads(PRIVATE_KEY))
SUBJECT = str(uuid4())


@pytest.fixture(scope="module")
async def service() -> AsyncIterator[ServiceUnderTest]:
    """The sample service."""
    async with sample_service() as running:
        yield running


def claims(**other: Any) -> dict[str, Any]:
    """Good claims, but for what the test changes."""
    good = {"sub": SUBJECT, "aud": "member", "member_id": SUBJECT, "sid": SUBJECT, "insurers": []}
    return {**good, "iat": int(time.time()), "exp": int(time.time()) + 60, **other}


def signed(content: Mapping[str, Any], key: Any = OWN_KEY, algorithm: str = "Ed25519", **header: Any) -> str:
    """A token with these claims."""
    return jwt.encode({"alg": algorithm, **header}, dict(content), key, algorithms=[algorithm])


def part(content: object) -> str:
    """One part of a token, made by hand."""
    raw = content if isinstance(content, bytes) else json.dumps(content).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def bad_tokens() -> dict[str, str]:
    """Tokens that nobody may call with."""
    good = signed(claims())
    header, content, signature = good.split(".")
    return {
        "nothing": "",
        "no token": "canary",
        "not ASCII": "kanärie",
        "two parts": f"{header}.{content}",
        "four parts": f"{good}.x",
        "expired": signed(claims(exp=int(time.time()) - 1)),
        "expires long ago": signed(claims(exp=-1)),
        "expires never": signed({name: value for name, value in claims().items() if name != "exp"}),
        "expires at infinity": f"{header}.{part(b'{' + b'}')}.{signature}",
        "alg none": f"{part({'alg': 'none', 'typ': 'JWT'})}.{part(claims())}.",
        "alg none with a signature": f"{part({'alg': 'none'})}.{content}.{signature}",
        "signed by another Ed25519 key": signed(claims(), OKPKey.generate_key("Ed25519")),
        "signed with the public key as a secret": signed(claims(), OctKey.import_key(PUBLIC_KEY), "HS256"),
        "signed with RSA": signed(claims(), RSAKey.generate_key(2048), "RS256"),
        "its own key in the header": signed(claims(), OKPKey.generate_key("Ed25519"), jwk=json.loads(PUBLIC_KEY)),
        "content changed": f"{header}.{part(claims(sub=str(uuid4())))}.{signature}",
        "signature cut": good[:-4],
        "signature missing": f"{header}.{content}.",
        "a header that is deep": f"{part(b'[' * 5000)}.{content}.{signature}",
        "a header that is no object": f"{part([1])}.{content}.{signature}",
        "a header that is no JSON": f"{part(b'canary')}.{content}.{signature}",
        "claims that are a list": signed({}) and f"{header}.{part([1])}.{signature}",
        "no subject": signed({name: value for name, value in claims().items() if name != "sub"}),
        "a subject that is no id": signed(claims(sub="canary")),
        "a subject that is a list": signed(claims(sub=[SUBJECT])),
        "an unknown audience": signed(claims(aud="staff")),
        "no audience": signed({name: value for name, value in claims().items() if name != "aud"}),
        "a list of audiences": signed(claims(aud=["member", "partner"])),
        "a member that is no id": signed(claims(member_id="canary")),
    }


BAD_TOKENS = bad_tokens()
BEARER_ROUTES = ("/v1/account", "/v1/member", "/v1/partner")


@pytest.mark.parametrize("case", sorted(BAD_TOKENS))
async def test_no_bad_token_opens_anything(service: ServiceUnderTest, case: str) -> None:
    """Forged, expired, malformed: every route that asks for a log-in says 401, and nothing of the token comes back."""
    for path in BEARER_ROUTES:
        headers = {"Authorization": f"Bearer {BAD_TOKENS[case]}"}
        answer = await service.call("GET", path, headers=headers)
        assert_is_problem(answer, 401)
        assert answer.problem == "not-logged-in"
        assert "canary" not in json.dumps(answer.body)


async def test_a_token_stops_working_when_it_expires(service: ServiceUnderTest) -> None:
    """What was checked once is remembered, but not beyond its time."""
    short = signed(claims(exp=int(time.time()) + 1))
    expires_at = int(time.time()) + 1
    assert (await service.call("GET", "/v1/account", token=short)).status == 200
    while time.time() < expires_at:
        assert (await service.call("GET", "/v1/account", token=short)).status in (200, 401)
    assert (await service.call("GET", "/v1/account", token=short)).status == 401


@pytest.mark.parametrize(
    "values",
    [
        [],
        ["Bearer"],
        ["Basic YTpi"],
        ["{good}"],
        ["Bearer  {good}"],
        ["Bearer {good}", "Bearer {good}"],
        ["Token {good}"],
    ],
)
async def test_the_authorization_header_is_one_bearer_token(service: ServiceUnderTest, values: list[str]) -> None:
    """Missing, doubled or of another scheme: not logged in."""
    good = signed(claims())
    headers = [("Authorization", value.format(good=good)) for value in values]
    async with service.client.get(service.url + "/v1/account", headers=headers) as response:
        assert response.status == 401
        assert response.headers["WWW-Authenticate"] == "Bearer"


# by route, what each gets: nobody, an account, a member, a partner, the gateway
RULES = {
    "/v1/things": (200, 200, 200, 200, 200),
    "/v1/account": (401, 200, 200, 403, 401),
    "/v1/member": (401, 403, 200, 403, 401),
    "/v1/partner": (401, 403, 403, 200, 401),
    "/v1/internal": (404, 404, 404, 404, 200),
    "/internal/openapi.json": (404, 404, 404, 404, 200),
}


@pytest.mark.parametrize("path", sorted(RULES))
async def test_each_rule_lets_in_whom_it_names_and_nobody_else(service: ServiceUnderTest, path: str) -> None:
    """The whole table of rules and callers; what is internal does not even exist for others."""
    callers: list[dict[str, Any]] = [
        {},
        {"token": token()},
        {"token": token(member_id=uuid4())},
        {"token": token("partner")},
        {"internal": True},
    ]
    for caller, status in zip(callers, RULES[path], strict=True):
        answer = await service.call("GET", path, **caller)
        assert answer.status == status, (path, caller)
        if status >= 400:
            assert_is_problem(answer, status)


async def test_an_unverified_account_is_told_to_verify(service: ServiceUnderTest) -> None:
    """A person whose record is not linked yet learns what to do."""
    answer = await service.call("GET", "/v1/member", token=token())
    assert (answer.status, answer.problem) == (403, "not-verified")


@pytest.mark.parametrize("shown", ["", "wrong", GATEWAY_KEY[:-1], GATEWAY_KEY + "x", GATEWAY_KEY.upper(), "\u00e9"])
async def test_only_the_gateways_key_opens_internal_routes(service: ServiceUnderTest, shown: str) -> None:
    """Any other key is as good as none."""
    answer = await service.call("GET", "/v1/internal", headers={"Portal-Gateway-Key": shown})
    assert_is_problem(answer, 404)


async def test_an_empty_gateway_key_opens_nothing() -> None:
    """A service that was started with an empty key trusts nobody."""
    async with sample_service(gateway_key="") as service:
        assert (await service.call("GET", "/v1/internal", headers={"Portal-Gateway-Key": ""})).status == 404


async def test_the_clients_address_is_believed_from_the_gateway_only(service: ServiceUnderTest) -> None:
    """Whoever calls directly cannot pretend to be elsewhere."""
    headers = {"Portal-Client-Address": "203.0.113.9", "X-Forwarded-For": "203.0.113.10"}
    direct = await service.call("GET", "/v1/things", headers=headers)
    through = await service.call("GET", "/v1/things", headers=headers, internal=True)
    assert (direct.body["client_address"], through.body["client_address"]) == ("127.0.0.1", "203.0.113.9")


@pytest.mark.parametrize(
    ("keys", "problem"),
    [
        ([], "idempotency-key-missing"),
        ([""], "idempotency-key-missing"),
        (["a", "a"], "idempotency-key-invalid"),
        (["a", "b"], "idempotency-key-invalid"),
        (["canary" * 43], "idempotency-key-invalid"),
        (["can ary"], "idempotency-key-invalid"),
        (["kanärie"], "idempotency-key-invalid"),
        (["canary\t"], None),
    ],
)
async def test_a_payment_needs_one_usable_key(service: ServiceUnderTest, keys: list[str], problem: str | None) -> None:
    """Missing, doubled, too long or unprintable keys are refused before the body is looked at."""
    headers = [("Idempotency-Key", key) for key in keys]
    headers.append(("Authorization", f"Bearer {token(member_id=uuid4())}"))
    content = json.dumps(GOOD).encode()
    async with service.client.post(service.url + "/v1/orders", headers=headers, data=content) as response:
        assert response.status == (400 if problem else 200)
        told = await response.json(content_type=None)
    if problem:
        assert told["type"].endswith("/" + problem)
        assert "canary" not in json.dumps(told)


@pytest.mark.parametrize("key", ["a", "8e03978e-40d5-43e8-bc93-6894a57f9324", "x" * 255, "!#$%&'*+-.^_`|~"])
async def test_any_visible_ascii_is_a_key(service: ServiceUnderTest, key: str) -> None:
    """The key arrives as it was sent."""
    answer = await service.call("POST", "/v1/orders", body=GOOD, key=key, token=token(member_id=uuid4()))
    assert (answer.status, answer.body["key"]) == (200, key)


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("abcdefgh", True),
        ("A-b_9" * 10, True),
        ("short", False),
        ("x" * 65, False),
        ("has space", False),
        ("inject<script>", False),
        ("", False),
    ],
)
async def test_a_request_id_is_taken_in_form_only(service: ServiceUnderTest, sent: str, *, kept: bool) -> None:
    """A caller's id goes through all services and logs, so only a plain one is taken; else a new one is made."""
    answer = await service.call("GET", "/v1/things", headers={"X-Request-Id": sent})
    headers = {name.lower(): value for name, value in answer.headers.items()}
    assert (headers["x-request-id"] == sent) is kept
    assert answer.body["request_id"] == headers["x-request-id"]

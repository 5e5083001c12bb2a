"""Settings: each process reads what it is told from the environment, names what is wrong, and never shows a value."""

import json
import secrets
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path
from typing import Self

import pytest
from joserfc.jwk import OKPKey
from pydantic import SecretStr, model_validator

from shared.settings import ServiceSettings, SettingsError, operator_secrets
from shared.testing.http import GATEWAY_KEY
from shared.weak_secrets import weaknesses

WHOLE = {
    "PORTAL_ENV": "test",
    "PORTAL_HTTP_PORT": "8080",
    "PORTAL_AMQP_URL": "amqp://payments:hush-hush@127.0.0.1/",
    "PORTAL_TOKEN_PUBLIC_KEY": "{}",
    "PORTAL_GATEWAY_KEY": "hush-hush",
}


def test_what_the_environment_says_is_read() -> None:
    """Every field comes from its PORTAL_ variable; the others keep their defaults."""
    settings = ServiceSettings.from_environment({**WHOLE, "PORTAL_LOG_LEVEL": "error", "PATH": "/bin"})
    assert (settings.http_port, settings.log_level, settings.postgres_dsn) == (8080, "error", None)


def test_secrets_do_not_show_when_settings_are_printed() -> None:
    """Printing the settings, in a log or a debugger, shows no password."""
    settings = ServiceSettings.from_environment({**WHOLE, "PORTAL_POSTGRES_DSN": "postgresql://u:hush-hush@h/d"})
    assert "hush-hush" not in repr(settings) + str(settings) + settings.model_dump_json()


@pytest.mark.parametrize("left_out", sorted(WHOLE))
def test_a_missing_setting_is_named(left_out: str) -> None:
    """The message says which variable is missing, so that an operator can set it."""
    with pytest.raises(SettingsError, match=f"{left_out} \\(missing\\)"):
        ServiceSettings.from_environment({name: value for name, value in WHOLE.items() if name != left_out})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORTAL_ENV", "hush-hush"),
        ("PORTAL_HTTP_PORT", "hush-hush"),
        ("PORTAL_HTTP_PORT", "99999"),
        ("PORTAL_HTTP_PORT", "-1"),
        ("PORTAL_LOG_LEVEL", "hush-hush"),
        ("PORTAL_AMQP_URL", "hush-hush"),
        ("PORTAL_AMQP_URL", "http://hush-hush/"),
        ("PORTAL_AMQP_URL", "amqp://"),
        ("PORTAL_MAX_BODY_BYTES", "hush-hush"),
    ],
)
def test_a_malformed_setting_is_named_and_its_value_is_not_shown(name: str, value: str) -> None:
    """A value in the wrong variable may be a secret, so only the variable is named."""
    with pytest.raises(SettingsError, match=name) as caught:
        ServiceSettings.from_environment({**WHOLE, name: value})
    assert value not in str(caught.value)
    assert caught.value.__cause__ is None


def test_every_wrong_setting_is_named_at_once() -> None:
    """An operator corrects all of them in one go."""
    with pytest.raises(SettingsError) as caught:
        ServiceSettings.from_environment({"PORTAL_HTTP_PORT": "no"})
    assert all(name in str(caught.value) for name in WHOLE)


def test_a_secret_can_come_from_a_file(tmp_path: Path) -> None:
    """PORTAL_X_FILE names a file that holds the value; the line break at its end does not count."""
    (tmp_path / "key").write_text("from the file\n")
    environment = {name: value for name, value in WHOLE.items() if name != "PORTAL_GATEWAY_KEY"}
    settings = ServiceSettings.from_environment({**environment, "PORTAL_GATEWAY_KEY_FILE": str(tmp_path / "key")})
    assert settings.gateway_key.get_secret_value() == "from the file"


def test_a_file_that_cannot_be_read_is_named_by_its_variable(tmp_path: Path) -> None:
    """A missing file, a folder and a file that is no text are refused without showing what they hold."""
    (tmp_path / "binary").write_bytes(b"hush\xff\xfe")
    for path in (tmp_path / "missing", tmp_path, tmp_path / "binary"):
        with pytest.raises(SettingsError, match="PORTAL_GATEWAY_KEY_FILE") as caught:
            ServiceSettings.from_environment({"PORTAL_GATEWAY_KEY_FILE": str(path)})
        assert "hush" not in str(caught.value)


DRAWN = {
    **WHOLE,
    "PORTAL_AMQP_URL": f"amqp://payments:{secrets.token_urlsafe(24)}@broker/",
    "PORTAL_GATEWAY_KEY": secrets.token_urlsafe(48),
}


@pytest.mark.parametrize(("env", "is_sandbox"), [("production", False), ("sandbox", True), ("test", True)])
def test_only_sandbox_and_test_have_the_movable_clock(env: str, *, is_sandbox: bool) -> None:
    """Nobody can move time in production."""
    assert ServiceSettings.from_environment({**DRAWN, "PORTAL_ENV": env}).is_sandbox is is_sandbox


class WithKeys(ServiceSettings):
    """Settings with a secret of each shape, and a rule over two fields."""

    link_key: SecretStr | None = None
    ssn_keys: SecretStr | None = None
    token_private_key: SecretStr | None = None
    smtp_password: SecretStr | None = None

    @model_validator(mode="after")
    def _no_empty_password(self) -> Self:
        if self.smtp_password is not None and not self.smtp_password.get_secret_value():
            raise ValueError("a mail server needs a name")
        return self


def ring(key: bytes) -> str:
    """A ring with one key."""
    return json.dumps({"current": "a", "keys": {"a": b64encode(key).decode()}})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORTAL_AMQP_URL", "amqp://broker/"),
        ("PORTAL_AMQP_URL", "amqp://payments@broker/"),
        ("PORTAL_AMQP_URL", "amqp://guest:guest@broker/"),
        ("PORTAL_AMQP_URL", f"amqp://guest:{secrets.token_urlsafe(24)}@broker/"),
        ("PORTAL_AMQP_URL", "amqp://payments:test-only-password@broker/"),
        ("PORTAL_AMQP_URL", "amqp://payments-of-broker-2:payments-of-broker-2@broker/"),
        ("PORTAL_POSTGRES_DSN", "postgresql://payments_app:short@server/portal"),
        ("PORTAL_POSTGRES_DSN", "postgresql://payments_app:change-me-please-now@server/portal"),
        ("PORTAL_POSTGRES_OWNER_DSN", "postgresql://payments_owner:aaaaaaaaaaaaaaaaaaaaaa@server/portal"),
        ("PORTAL_GATEWAY_KEY", ""),
        ("PORTAL_GATEWAY_KEY", GATEWAY_KEY),
        ("PORTAL_GATEWAY_KEY", secrets.token_urlsafe(12)),
        ("PORTAL_GATEWAY_KEY", "a payments key of the tests only, not used elsewhere"),
        ("PORTAL_LINK_KEY", b64encode(bytes(32)).decode()),
        ("PORTAL_LINK_KEY", b64encode(bytes(range(32))).decode()),
        ("PORTAL_LINK_KEY", b64encode(b"the key of links in these tests.").decode()),
        ("PORTAL_SSN_KEYS", ring(bytes(range(1, 33)))),
        ("PORTAL_SSN_KEYS", ring(b"short")),
        ("PORTAL_TOKEN_PRIVATE_KEY", json.dumps({"kty": "OKP", "crv": "Ed25519", "d": "A" * 43})),
        ("PORTAL_SMTP_PASSWORD", "mail-password-sandbox"),
    ],
    ids=lambda text: text if text.startswith("PORTAL_") else "value",  # workers must draw the same names of tests
)
def test_what_is_no_secret_is_refused_in_production_only(name: str, value: str) -> None:
    """Short, guessable, empty, or one of the examples and test keys in this repository: named, and never shown."""
    WithKeys.from_environment({**DRAWN, name: value, "PORTAL_ENV": "sandbox"})
    with pytest.raises(SettingsError, match=f"outside sandbox and test: {name} ") as caught:
        WithKeys.from_environment({**DRAWN, name: value, "PORTAL_ENV": "production"})
    assert value == "" or value not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "draw"),
    [
        ("PORTAL_AMQP_URL", lambda: f"amqps://payments:{secrets.token_urlsafe(24)}@broker/"),
        ("PORTAL_POSTGRES_DSN", lambda: f"postgresql://payments_app:{secrets.token_hex(16)}@server/portal"),
        ("PORTAL_POSTGRES_DSN", lambda: "postgresql://payments_app@server/portal?sslmode=verify-full"),
        ("PORTAL_GATEWAY_KEY", lambda: secrets.token_urlsafe(48)),
        ("PORTAL_GATEWAY_KEY", lambda: secrets.token_hex(32)),
        ("PORTAL_LINK_KEY", lambda: b64encode(secrets.token_bytes(32)).decode()),
        ("PORTAL_SSN_KEYS", lambda: ring(secrets.token_bytes(32))),
        ("PORTAL_TOKEN_PRIVATE_KEY", lambda: json.dumps(OKPKey.generate_key("Ed25519").as_dict(private=True))),
    ],
)
def test_what_was_drawn_is_taken(name: str, draw: Callable[[], str]) -> None:
    """A thousand secrets of each shape, as the usual tools draw them: none is refused."""
    for _ in range(1000):
        assert list(weaknesses(name.removeprefix("PORTAL_").lower(), draw())) == []
    WithKeys.from_environment({**DRAWN, name: draw(), "PORTAL_ENV": "production"})


def test_a_rule_over_several_settings_says_what_is_wrong() -> None:
    """No variable can be named then, so the rule's own words are shown."""
    with pytest.raises(SettingsError, match="a mail server needs a name"):
        WithKeys.from_environment({**DRAWN, "PORTAL_SMTP_PASSWORD": ""})


def test_a_deploy_step_is_told_by_variable_or_by_file(tmp_path: Path) -> None:
    """Passwords come as a service's do; missing ones are named, weak ones are refused but in a sandbox."""
    drawn = secrets.token_urlsafe(24)
    (tmp_path / "password").write_text(f"{drawn}\n")
    told = {"PORTAL_A_PASSWORD_FILE": str(tmp_path / "password"), "PORTAL_B_PASSWORD": "short"}
    names = ["PORTAL_A_PASSWORD", "PORTAL_B_PASSWORD"]
    found = operator_secrets({**told, "PORTAL_ENV": "sandbox"}, needed=names, wanted=["PORTAL_C_PASSWORD"])
    assert found == {"PORTAL_A_PASSWORD": drawn, "PORTAL_B_PASSWORD": "short"}
    with pytest.raises(SettingsError, match="PORTAL_B_PASSWORD is shorter"):
        operator_secrets(told, needed=names)
    with pytest.raises(SettingsError, match="missing: PORTAL_C_PASSWORD"):
        operator_secrets(told, needed=[*names, "PORTAL_C_PASSWORD"])

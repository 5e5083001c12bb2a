"""Settings: each process reads what it is told from the environment, names what is wrong, and never shows a value."""

from pathlib import Path

import pytest

from shared.settings import ServiceSettings, SettingsError

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


@pytest.mark.parametrize(("env", "is_sandbox"), [("production", False), ("sandbox", True), ("test", True)])
def test_only_sandbox_and_test_have_the_movable_clock(env: str, *, is_sandbox: bool) -> None:
    """Nobody can move time in production."""
    assert ServiceSettings.from_environment({**WHOLE, "PORTAL_ENV": env}).is_sandbox is is_sandbox

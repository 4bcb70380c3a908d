"""Settings: read once, secrets from files as well, and every refusal names the variable and the mend."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.errors import SettingsError
from app.settings import Settings, variable

CANARY = "canary-3f9a1c"
KEY = "canary-key-of-just-32-characters"


def test_without_anything_set_there_are_defaults_that_run_on_one_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    settings = Settings.load({})
    assert settings.database_url == "sqlite:///closeout.db"
    assert settings.config == Path("closeout.yml")
    assert (settings.log_level, settings.worker_id) == ("info", "main")
    assert settings.status_token == ""


def test_a_configuration_in_the_usual_folder_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "closeout.yml").touch()
    assert Settings.load({}).config == Path("config/closeout.yml")


def test_each_fixed_name_is_read() -> None:
    settings = Settings.load(
        {
            "CLOSEOUT_CONFIG": "/etc/closeout.yml",
            "CLOSEOUT_DATABASE_URL": "postgresql://closeout:pw@db.example/closeout",
            "CLOSEOUT_WORKER_ID": "left",
            "CLOSEOUT_LOG_LEVEL": "DEBUG",
            "CLOSEOUT_PUBLIC_URL": "https://bot.example/",
            "CLOSEOUT_TRUSTED_PROXIES": "127.0.0.1, 172.18.0.0/16,::1",
            "CLOSEOUT_STATUS_TOKEN": CANARY,
            "CLOSEOUT_KEY": KEY,
            "CLOSEOUT_SMTP_URL": "smtps://user:pass@mail.example",
            "CLOSEOUT_MAIL_FROM": "closeout@bot.example",
            "OTHER": "not ours",
        }
    )
    assert settings.config == Path("/etc/closeout.yml")
    assert settings.database_url == "postgresql://closeout:pw@db.example/closeout"
    assert (settings.worker_id, settings.log_level) == ("left", "debug")
    assert settings.public_url == "https://bot.example"
    assert settings.trusted_proxies == "127.0.0.1,172.18.0.0/16,::1"
    assert settings.status_token == CANARY
    assert (settings.keys, settings.mail_from) == ((KEY,), "closeout@bot.example")
    assert settings.smtp_url == "smtps://user:pass@mail.example"
    assert not settings.is_sqlite
    assert settings.engine_url == settings.database_url


def test_the_secrets_of_a_connection_carry_its_name() -> None:
    assert variable("my-forge", "WEBHOOK_SECRET") == "CLOSEOUT_MY_FORGE_WEBHOOK_SECRET"
    settings = Settings.load({"CLOSEOUT_MY_FORGE_TOKEN": CANARY})
    assert settings.value("my-forge", "TOKEN") == CANARY
    assert settings.required("my-forge", "TOKEN", "the token of my-forge") == CANARY
    assert settings.value("other", "TOKEN") == ""


@pytest.mark.parametrize("environment", [{}, {"CLOSEOUT_GITHUB_WEBHOOK_SECRET": ""}])
def test_an_unset_or_empty_secret_is_refused_by_its_name(environment: dict[str, str]) -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.load(environment).required("github", "WEBHOOK_SECRET", "the webhook secret of github")
    assert str(caught.value).startswith(
        "CLOSEOUT_GITHUB_WEBHOOK_SECRET: the webhook secret of github is not set"
    )
    assert "_FILE" in caught.value.mend


@pytest.mark.parametrize("written", [CANARY, f"{CANARY}\n", f"{CANARY}\r\n"])
def test_a_value_may_stand_in_a_file(tmp_path: Path, written: str) -> None:
    (tmp_path / "secret").write_bytes(written.encode())
    settings = Settings.load({"CLOSEOUT_GITHUB_WEBHOOK_SECRET_FILE": str(tmp_path / "secret")})
    assert settings.required("github", "WEBHOOK_SECRET", "the secret") == CANARY


def test_the_database_url_may_stand_in_a_file_as_well(tmp_path: Path) -> None:
    (tmp_path / "url").write_text("sqlite:///other.db\n", encoding="utf-8")
    settings = Settings.load({"CLOSEOUT_DATABASE_URL_FILE": str(tmp_path / "url")})
    assert settings.database_url == "sqlite:///other.db"


def test_a_value_and_its_file_together_are_refused(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("x", encoding="utf-8")
    with pytest.raises(SettingsError, match="CLOSEOUT_GITHUB_TOKEN is set as well") as caught:
        Settings.load({"CLOSEOUT_GITHUB_TOKEN": "y", "CLOSEOUT_GITHUB_TOKEN_FILE": str(tmp_path / "secret")})
    assert caught.value.where == "CLOSEOUT_GITHUB_TOKEN_FILE"


@pytest.mark.parametrize("content", [None, b"\xff\xfe\x00"])
def test_a_secret_file_that_can_not_be_read_is_refused_by_its_name(
    tmp_path: Path, content: bytes | None
) -> None:
    if content is not None:
        (tmp_path / "secret").write_bytes(content)
    with pytest.raises(SettingsError, match="can not read") as caught:
        Settings.load({"CLOSEOUT_GITHUB_TOKEN_FILE": str(tmp_path / "secret")})
    assert caught.value.where == "CLOSEOUT_GITHUB_TOKEN_FILE"
    assert caught.value.mend


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("nonsense", "not a database URL"),
        ("mysql://root@db/closeout", "mysql is not supported"),
        ("sqlite://", "would forget"),
        ("sqlite:///:memory:", "would forget"),
    ],
)
def test_a_database_that_would_not_do_is_refused(url: str, why: str) -> None:
    with pytest.raises(SettingsError, match=why) as caught:
        Settings.load({"CLOSEOUT_DATABASE_URL": url})
    assert caught.value.where == "CLOSEOUT_DATABASE_URL"
    assert "sqlite:///closeout.db" in caught.value.mend


def test_the_short_name_of_postgresql_is_understood() -> None:
    url = Settings.load({"CLOSEOUT_DATABASE_URL": "postgres://u:p@db/closeout"}).database_url
    assert url == "postgresql://u:p@db/closeout"


def test_an_unknown_log_level_is_refused_with_those_that_exist() -> None:
    with pytest.raises(SettingsError, match="'loud' is not a log level") as caught:
        Settings.load({"CLOSEOUT_LOG_LEVEL": "loud"})
    assert "debug, info, warning, error" in caught.value.mend


@pytest.mark.parametrize(
    "url",
    [
        "bot.example",
        "ftp://bot.example",
        "https://",
        "https://[",
        "https://bot.example?x=1",
        "https://a b",
        "https://user:canary@bot.example",
    ],
)
def test_a_public_address_that_no_browser_opens_is_refused_and_no_password_shown(url: str) -> None:
    with pytest.raises(SettingsError, match="is not a web address") as caught:
        Settings.load({"CLOSEOUT_PUBLIC_URL": url})
    assert caught.value.where == "CLOSEOUT_PUBLIC_URL"
    assert "canary" not in str(caught.value)


def test_a_key_that_could_be_guessed_is_refused_without_being_shown() -> None:
    with pytest.raises(SettingsError, match="shorter than 32 characters") as caught:
        Settings.load({"CLOSEOUT_KEY": KEY[:-1]})
    assert caught.value.where == "CLOSEOUT_KEY"
    assert "openssl rand" in caught.value.mend
    assert KEY[:-1] not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "smtp://127.0.0.1:2525",
        "smtp://[::1]:25",
        "smtp://user:p%40ss@mail.example:587",
        "smtps://user%40mail.example:pass@mail.example",
        "smtps://mail.example/",
    ],
)
def test_mail_servers_are_named_by_a_url(url: str) -> None:
    assert Settings.load({"CLOSEOUT_SMTP_URL": url}).smtp_url == url


@pytest.mark.parametrize(
    "url",
    [
        "mail.example",
        "http://mail.example",
        "smtp://",
        "smtp://mail.example:0",
        "smtp://mail.example:99999",
        "smtp://mail.example:port",
        "smtp://[mail.example",
        "smtp://mail.example/inbox",
        "smtp://mail.example?tls=no",
        f"smtp://user:{CANARY} x@mail.example",
        f"smtp://user:{CANARY}%0d%0aRCPT@mail.example",
        f"smtp://user:{CANARY}%C3%A9@mail.example",
        "smtp://user@mail.example",
        f"smtp://:{CANARY}@mail.example",
        "smtp://máil.example",
    ],
)
def test_what_is_no_mail_server_is_refused_without_being_shown(url: str) -> None:
    with pytest.raises(SettingsError, match="not the URL of a mail server") as caught:
        Settings.load({"CLOSEOUT_SMTP_URL": url})
    assert caught.value.where == "CLOSEOUT_SMTP_URL"
    assert "smtp://user:password@host:587" in caught.value.mend
    assert CANARY not in str(caught.value)


@pytest.mark.parametrize(
    "text", ["Studio <a@b.example>", "studio", "a@b.example, c@d.example", "a@b\nBcc: c@d"]
)
def test_the_senders_address_stands_alone(text: str) -> None:
    with pytest.raises(SettingsError, match="is not an e-mail address") as caught:
        Settings.load({"CLOSEOUT_MAIL_FROM": text})
    assert caught.value.where == "CLOSEOUT_MAIL_FROM"


def test_the_key_and_the_mail_password_are_secrets_in_every_form() -> None:
    settings = Settings.load(
        {"CLOSEOUT_KEY": KEY, "CLOSEOUT_SMTP_URL": "smtp://user:pa%2Fss-7d@mail.example"}
    )
    assert {KEY, "pa%2Fss-7d", "pa/ss-7d"} <= set(settings.secrets())
    assert KEY not in repr(settings)
    assert "ss-7d" not in repr(settings)


@pytest.mark.parametrize(
    ("written", "seconds"), [(None, 300), ("", 300), ("60", 60), ("0", 0), ("86400", 86_400)]
)
def test_sweeps_come_every_five_minutes_unless_told_otherwise(written: str | None, seconds: int) -> None:
    environment = {} if written is None else {"CLOSEOUT_SWEEP_S": written}
    assert Settings.load(environment).sweep_s == seconds


@pytest.mark.parametrize("written", ["-1", "5m", "1.5", "86401", "9" * 5000, "٣"])
def test_a_pause_between_sweeps_that_is_none_is_refused(written: str) -> None:
    with pytest.raises(SettingsError, match="is no number of seconds") as caught:
        Settings.load({"CLOSEOUT_SWEEP_S": written})
    assert caught.value.where == "CLOSEOUT_SWEEP_S"
    assert "0 switches it off" in caught.value.mend


def test_with_sqlite_the_engine_and_the_lock_have_files_of_their_own() -> None:
    settings = Settings.load({"CLOSEOUT_DATABASE_URL": "sqlite:////data/closeout.db"})
    assert settings.engine_url == "sqlite:////data/closeout-engine.db"
    assert settings.lock_path == Path("/data/closeout.db.lock")


def test_settings_can_be_printed_without_showing_a_secret() -> None:
    settings = Settings.load({"CLOSEOUT_GITHUB_WEBHOOK_SECRET": CANARY, "CLOSEOUT_STATUS_TOKEN": CANARY})
    assert CANARY not in repr(settings)


def test_settings_can_not_be_changed_after_they_were_read() -> None:
    with pytest.raises(AttributeError):
        Settings.load({}).log_level = "debug"  # type: ignore[misc]


@pytest.mark.parametrize("text", ["*", "proxy.example", "10.0.0.1/8", "127.0.0.1;::1", "300.0.0.1"])
def test_a_proxy_is_trusted_by_its_address_alone(text: str) -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.load({"CLOSEOUT_TRUSTED_PROXIES": text})
    assert caught.value.where == "CLOSEOUT_TRUSTED_PROXIES"
    assert "172.18.0.0/16" in caught.value.mend

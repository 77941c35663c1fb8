"""Settings come from the environment, and nothing has to be set."""

from pathlib import Path

import pytest

from dashboard.settings import REPOSITORY, Settings
from store.signature import new_key


def test_nothing_has_to_be_set():
    assert Settings.from_environment({}) == Settings()
    assert Settings().artifacts_url == str(REPOSITORY / "data" / "artifacts")


def test_a_relative_folder_starts_at_the_repository():
    settings = Settings.from_environment({"ARTIFACTS_URL": "elsewhere"})

    assert settings.artifacts_url == str(REPOSITORY / "elsewhere")


def test_an_absolute_folder_and_a_bucket_stay_as_they_are(tmp_path: Path):
    for url in (str(tmp_path), "s3://bucket/prefix"):
        assert Settings.from_environment({"ARTIFACTS_URL": url}).artifacts_url == url


def test_an_empty_variable_is_an_unset_one():
    assert Settings.from_environment({"PORT": "", "ARTIFACTS_URL": ""}) == Settings()


@pytest.mark.parametrize(
    "name", ["PORT", "MODEL_POLL_SECONDS", "LOG_RETENTION_DAYS", "LOG_SPOOL_MB"]
)
@pytest.mark.parametrize("text", ["x", "-1", "nan", "1e9"])
def test_a_number_that_is_none_is_named(name: str, text: str):
    with pytest.raises(ValueError, match=name):
        Settings.from_environment({name: text})


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("RATE_LIMIT", "many"),
        ("RATE_LIMIT", "0/minute"),
        ("RATE_LIMIT", "10/fortnight"),
        ("CORS_ORIGINS", "their.example"),
        ("CORS_ORIGINS", "https://their.example/path"),
        ("ACCESS_LOG", "yes"),
        ("MAX_BODY_BYTES", "1 MB"),
        ("DATABASE_URL", "mysql://host/log"),
        ("DATABASE_URL", "log.db"),
        ("LOG_PREDICTIONS", "no"),
    ],
)
def test_a_setting_that_means_nothing_is_named(name: str, text: str):
    with pytest.raises(ValueError, match=name):
        Settings.from_environment({name: text})


def test_origins_are_a_list():
    given = {"CORS_ORIGINS": "https://one.example, http://127.0.0.1:3000"}

    origins = Settings.from_environment(given).cors_origins

    assert origins == {"https://one.example", "http://127.0.0.1:3000"}


def test_a_host_is_known_by_its_variable():
    assert Settings.from_environment({"DYNO": "web.1"}).hosted
    assert not Settings.from_environment({}).hosted


def test_public_keys_are_separated_by_commas():
    first, second = new_key().public, new_key().public

    settings = Settings.from_environment({"MODEL_PUBLIC_KEY": f"{first}, {second},"})

    assert settings.model_public_keys == (first, second)


@pytest.mark.parametrize("text", ["x", "c2hvcnQ=", "ä"])
def test_a_public_key_that_is_none_is_named_at_the_start(text: str):
    with pytest.raises(ValueError, match="MODEL_PUBLIC_KEY"):
        Settings.from_environment({"MODEL_PUBLIC_KEY": text})


def test_predictions_are_kept_in_a_file_of_the_cache_unless_a_database_is_named(tmp_path: Path):
    plain = Settings.from_environment({"CACHE_DIR": str(tmp_path)})
    hosted = Settings.from_environment({"DATABASE_URL": "postgres://me:secret@host/log"})

    assert plain.log_url == f"sqlite:///{tmp_path}/prediction-log/predictions.db"
    assert hosted.log_url == "postgres://me:secret@host/log"
    assert plain.log_predictions
    assert not Settings.from_environment({"LOG_PREDICTIONS": "off"}).log_predictions


def test_a_database_that_is_refused_is_not_repeated():
    with pytest.raises(ValueError, match="DATABASE_URL") as refused:
        Settings.from_environment({"DATABASE_URL": "mysql://me:secret@host/log"})

    assert "secret" not in str(refused.value)

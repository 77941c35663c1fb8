"""The secret behind the key: given, or made once and kept for its owner alone."""

import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from dashboard.receipts.keys import FILE, secret_of
from dashboard.settings import Settings


def test_a_secret_that_is_given_is_the_one(tmp_path: Path):
    assert secret_of("x" * 32, tmp_path / "none") == ("x" * 32, True)
    assert not (tmp_path / "none").exists()


def test_without_one_a_secret_is_made_once_and_kept_for_its_owner(tmp_path: Path):
    first = secret_of("", tmp_path / "cache")

    assert secret_of("", tmp_path / "cache") == first
    assert first.lasting
    assert stat.S_IMODE((tmp_path / "cache" / FILE).stat().st_mode) == 0o600
    assert os.listdir(tmp_path / "cache") == [FILE]


def test_servers_that_start_at_once_keep_the_same_secret(tmp_path: Path):
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: secret_of("", tmp_path), range(64)))

    assert len(set(found)) == 1


def test_where_nothing_can_be_kept_it_is_one_for_this_process_and_said_so(tmp_path: Path, caplog):
    folder = tmp_path / "file"
    folder.write_text("no folder")

    first, second = secret_of("", folder), secret_of("", folder)

    assert not first.lasting
    assert first != second
    assert "no key is kept" in caplog.text
    assert first.text not in caplog.text


@pytest.mark.parametrize(("mode", "text"), [(0o644, "x" * 64), (0o600, "short")])
def test_a_file_that_others_read_or_that_holds_little_is_not_trusted(tmp_path, mode, text):
    path = tmp_path / FILE
    path.write_text(text)
    path.chmod(mode)

    assert not secret_of("", tmp_path).lasting
    assert path.read_text() == text


def test_a_short_secret_is_refused_without_repeating_it():
    with pytest.raises(ValueError, match="RECEIPT_KEY has 5 characters") as caught:
        Settings.from_environment({"RECEIPT_KEY": "s3cr-"})

    assert "s3cr-" not in str(caught.value)
    assert Settings.from_environment({"RECEIPT_KEY": "x" * 32}).receipt_key == "x" * 32

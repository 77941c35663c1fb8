"""Which browser is taken, and what is said where there is none."""

from pathlib import Path

import pytest

from scripts import browser


def program(path: Path) -> str:
    """Put an executable file there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o755)
    return str(path)


@pytest.fixture(autouse=True)
def bare_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A PATH with nothing on it, and a person who is not root."""
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.delenv("CHROME_PATH", raising=False)
    monkeypatch.setattr("os.geteuid", lambda: 1000)


def test_a_browser_on_the_path_is_found(tmp_path: Path) -> None:
    chrome = program(tmp_path / "bin" / "google-chrome")
    assert browser.find() == chrome

    chromium = program(tmp_path / "bin" / "chromium")
    assert browser.find() == chromium


def test_chrome_path_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(tmp_path / "bin" / "chromium")
    chosen = program(tmp_path / "elsewhere" / "chrome")
    monkeypatch.setenv("CHROME_PATH", chosen)

    assert browser.find() == chosen


def test_without_a_browser_one_line_says_what_to_install(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert browser.main() == 1

    assert capsys.readouterr() == ("", f"{browser.MISSING}\n")
    assert "\n" not in browser.MISSING

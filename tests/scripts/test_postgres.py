"""Which PostgreSQL is taken, what is said where there is none, and that a server leaves nothing."""

from pathlib import Path

import psycopg
import pytest

from scripts import postgres


def program(path: Path) -> Path:
    """Put an executable file there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o755)
    return path


@pytest.fixture
def bare_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A PATH with nothing on it, no packages of Debian, and a person who is not root."""
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setattr(postgres, "DEBIAN", tmp_path / "debian")
    monkeypatch.setattr("os.geteuid", lambda: 1000)


@pytest.mark.usefixtures("bare_machine")
def test_the_newest_of_debian_is_taken_unless_one_is_on_the_path(tmp_path: Path) -> None:
    for version in ("9.6", "15", "17"):
        program(tmp_path / "debian" / version / "bin" / "initdb")
    (tmp_path / "debian" / "18" / "bin").mkdir(parents=True)  # only its clients are there
    assert postgres.find() == tmp_path / "debian" / "17" / "bin"

    program(tmp_path / "bin" / "initdb")
    assert postgres.find() == tmp_path / "bin"


@pytest.mark.usefixtures("bare_machine")
def test_without_one_it_is_said_what_to_install(capsys: pytest.CaptureFixture[str]) -> None:
    assert postgres.main() == 0
    assert "install Debian's package postgresql" in capsys.readouterr().err

    with pytest.raises(RuntimeError, match="package postgresql"), postgres.running():
        pass


@pytest.mark.skipif(postgres.find() is None, reason=postgres.MISSING)
def test_a_server_is_gone_after_its_block() -> None:
    with postgres.running() as server:
        with psycopg.connect(server.create("some")) as connection:
            assert connection.execute("SHOW listen_addresses").fetchone() == ("127.0.0.1",)
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(server.url(password="wrong"))

    assert not server.folder.exists()
    with pytest.raises(psycopg.OperationalError, match="refused"):
        psycopg.connect(server.url())

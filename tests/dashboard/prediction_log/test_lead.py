"""One process leads; when it has ended in any way, another does."""

import os
import signal
from pathlib import Path

from dashboard.prediction_log.lead import Lead
from tests.store.children import exit_of, forked


def test_the_first_that_asks_leads_and_goes_on_leading(tmp_path: Path) -> None:
    first, second = Lead(tmp_path / "log" / "lock"), Lead(tmp_path / "log" / "lock")

    assert first.is_ours()
    assert not second.is_ours()
    assert first.is_ours()


def test_a_child_does_not_lead_because_its_parent_does(tmp_path: Path) -> None:
    lead = Lead(tmp_path / "lock")
    assert lead.is_ours()

    def ask() -> None:
        assert not lead.is_ours()

    assert exit_of(forked(ask)) == 0
    assert lead.is_ours()


def test_after_a_process_that_was_killed_another_leads(tmp_path: Path) -> None:
    lead = Lead(tmp_path / "lock")
    asked, told = os.pipe()

    def hold() -> None:
        os.write(told, b"1" if lead.is_ours() else b"0")
        signal.pause()

    child = forked(hold)
    assert os.read(asked, 1) == b"1"
    assert not lead.is_ours()

    os.kill(child, signal.SIGKILL)
    exit_of(child)

    assert lead.is_ours()


def test_where_no_file_can_be_made_each_may_lead(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")

    assert Lead(tmp_path / "taken" / "lock").is_ours()

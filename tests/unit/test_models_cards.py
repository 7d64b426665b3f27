"""What the models page says besides its versions."""

from datetime import UTC, datetime
from types import SimpleNamespace

from dashboard.cards.training import failed_note


def job(kind: str, status: str, error: str | None = None) -> SimpleNamespace:
    return SimpleNamespace(kind=kind, status=status, error=error, created_at=datetime(2026, 3, 1, 9, 30, tzinfo=UTC))


def test_a_failed_training_is_told_until_another_one_succeeds():
    failed = job("train", "failed", "eps=0.1 leaves everybody unassigned; give a larger one.")
    told = str(failed_note([job("compare", "done"), failed, job("train", "done")]))
    assert "The training of 1 Mar 2026, 09:30 UTC failed" in told
    assert "eps=0.1 leaves everybody unassigned; give a larger one. The versions before are as they were." in told
    assert failed_note([job("train", "done"), failed]) == failed_note([]) == ""

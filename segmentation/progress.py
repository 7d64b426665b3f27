"""How slow work tells how far it is, and learns that it was cancelled."""

from typing import Protocol


class Progress(Protocol):
    """Called by slow work between its steps.

    ``share`` is the part done, in [0, 1], never falling, 1 once all of it is stored; ``phase`` says in words what
    comes next ("reading the file"). Raises `segmentation.errors.Cancelled` when the user cancelled, but not at 1.
    """

    def __call__(self, share: float, phase: str) -> None: ...


def no_progress(share: float, phase: str) -> None:
    """Tell nobody; never cancelled."""


def part(progress: Progress, start: float, end: float) -> Progress:
    """A progress for one step of a larger work: its 0 to 1 become `start` to `end`.

    >>> seen = []
    >>> part(lambda share, phase: seen.append((share, phase)), 0.5, 0.75)(0.5, "reading")
    >>> seen
    [(0.625, 'reading')]
    """
    return lambda share, phase: progress(start + share * (end - start), phase)

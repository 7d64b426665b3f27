"""What waits for the analyst: customers without a segment, plays past their day, segments nobody named or owns."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from segmentation.findings import Finding
from segmentation.wording import count_word, customers, listed, sentence_case

NAMED = 3  # segments named in a sentence; the others are counted
ENDED = "ended"


@dataclass(frozen=True)
class Cared:
    """Who looks after a segment: who named it (None: the product did), and its play, if there is one."""

    name: str
    named_by: str | None
    owner: str | None = None
    due: date | None = None
    status: str | None = None


def attention(segments: Sequence[Cared], *, unscored: int, today: date) -> list[Finding]:
    """The findings, the most urgent first; what is in order is not told.

    Parameters
    ----------
    segments : sequence of Cared
        Without those in no segment.
    unscored : int
        Customers stored after the newest run.

    Examples
    --------
    >>> late = Cared("Savers", "ana", "ben", date(2026, 1, 1), "running")
    >>> [each.title for each in attention([late, Cared("Spenders", None)], unscored=2, today=date(2026, 2, 1))]
    ['2 customers have no segment yet', 'The play for Savers is overdue', 'Spenders have no play with an owner', \
'One of two segments has its automatic name']
    """
    found = []
    if unscored > 0:
        are = "has" if unscored == 1 else "have"
        text = "They came in after everyone was assigned. Assign again, and they are counted too."
        found.append(Finding("unscored", "warning", f"{customers(unscored)} {are} no segment yet", text))
    late = [each for each in segments if each.due is not None and each.due < today and each.status != ENDED]
    if late:
        title = f"The play{'s' * (len(late) > 1)} for {_names(late)} {'is' if len(late) == 1 else 'are'} overdue"
        oldest = min(each.due for each in late if each.due is not None)
        text = f"Due {oldest.day} {oldest:%b %Y}. End it, or give it another day."
        found.append(Finding("overdue", "warning", title, f"The first was {text[0].lower()}{text[1:]}"
                             if len(late) > 1 else text))  # fmt: skip
    return [*found, *_unowned(segments), *_unnamed(segments)]


def _unowned(segments: Sequence[Cared]) -> list[Finding]:
    nobodys = [each for each in segments if not each.owner and each.status != ENDED]
    if not nobodys:
        return []
    planned = sum(each.status is not None for each in nobodys)
    if len(nobodys) == len(segments):
        title = "No segment has a play with an owner"
    else:
        title = f"{_names(nobodys)} have no play with an owner"
    text = "Nobody decided what to do for them."
    if planned:
        text = (
            f"{sentence_case(count_word(planned))} of them {'has' if planned == 1 else 'have'} a play that nobody owns."
        )
    return [Finding("unowned", "info", title, text)]


def _unnamed(segments: Sequence[Cared]) -> list[Finding]:
    automatic = [each for each in segments if each.named_by is None]
    if not automatic:
        return []
    if len(automatic) == len(segments):
        title = "Every segment has its automatic name"
    else:
        one = len(automatic) == 1
        has = "has its automatic name" if one else "have their automatic names"
        title = f"{sentence_case(count_word(len(automatic)))} of {count_word(len(segments))} segments {has}"
    text = "A name of yours is remembered better, and stays when the segment is found again."
    return [Finding("unnamed", "info", title, text)]


def _names(segments: Sequence[Cared]) -> str:
    names = [each.name for each in segments]
    more = len(names) - NAMED
    return listed(names if more <= 0 else [*names[:NAMED], f"{count_word(more)} more"])

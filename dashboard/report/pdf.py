"""The report as a PDF on A4."""

from html import escape
from io import BytesIO
from typing import Any

from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.platypus import (
    BaseDocTemplate,
    Flowable,
    Frame,
    HRFlowable,
    KeepTogether,
    PageBreak,
    PageTemplate,
    Paragraph,
    Spacer,
    Table,
    TableStyle,
)

from dashboard.report import pictures
from dashboard.report.contents import Part, Report
from dashboard.theme import segment_colour, tokens

MARGIN = (A4[0] - pictures.WIDTH) / 2


def pdf(report: Report) -> bytes:
    """The pages; its date is that of the description, so that the same state gives the same report."""
    pictures.fonts()
    out = BytesIO()
    document = BaseDocTemplate(
        out, pagesize=A4, leftMargin=MARGIN, rightMargin=MARGIN, topMargin=MARGIN, bottomMargin=MARGIN,
        title=f"Segments of {report.dataset}", author="Kindred", subject=report.title, lang="en", invariant=1,
    )  # fmt: skip
    frame = Frame(MARGIN, MARGIN, pictures.WIDTH, A4[1] - 2 * MARGIN, leftPadding=0, rightPadding=0)
    document.addPageTemplates([PageTemplate(frames=[frame], onPageEnd=lambda page, _: _footer(page, report))])
    document.build([*_front(report), *(flowable for part in report.parts for flowable in _segment(part)),
                    *_limits(report)])  # fmt: skip
    return out.getvalue()


def _style(size: float, *, colour: str = "text-body", bold: bool = False, after: float = 4.0) -> ParagraphStyle:
    return ParagraphStyle(
        "kindred", fontName=pictures.BOLD if bold else pictures.PLAIN, fontSize=size, leading=size * 1.4,
        textColor=HexColor(tokens("light")[colour]), spaceAfter=after,
    )  # fmt: skip


def _said(text: str, size: float = 9.0, **style: Any) -> Paragraph:
    return Paragraph(escape(text), _style(size, **style))


def _titled(text: str, size: float = 11.0) -> Paragraph:
    return _said(text, size, colour="text", bold=True)


def _front(report: Report) -> list[Flowable]:
    parts: list[Flowable] = [
        _said(f"Segment report · {report.dataset}", 8, colour="text-muted"),
        _said(" ".join(f"{title}." for title, _ in report.verdict), 10.5, colour="text", bold=True, after=4),
        _said(report.title, 20, colour="text", bold=True, after=6),
        _said(report.lede, 10.5, after=10),
        _facts(report.facts),
        Spacer(1, 10),
    ]
    parts += [flowable for title, text in report.verdict for flowable in (_titled(title), _said(text, after=8))]
    parts += [
        _titled("How many they are, and what they bring" if report.valued else "How many they are"),
        pictures.shares(report.sizes, valued=report.valued),
    ]
    if report.dots:
        parts.append(
            KeepTogether(
                [
                    Spacer(1, 12),
                    _titled("Where they lie"),
                    _said(f"{report.drawn}. Close together: alike.", 8, colour="text-muted"),
                    pictures.place(report),
                ]
            )
        )
    return [*parts, PageBreak()]


def _segment(part: Part) -> list[Flowable]:
    colour = segment_colour(part.size.colour)
    body: list[Flowable] = [
        HRFlowable(width="100%", thickness=3, color=HexColor(colour), spaceAfter=6),
        _said(part.size.name, 13, colour="text", bold=True, after=2),
        *([_said(part.finding, 9, colour="text-muted")] if part.finding else []),
        _said(part.says, 9.5, after=6),
        _facts(part.facts),
        Spacer(1, 4),
    ]
    if part.traits:
        body += [pictures.traits(part.traits, part.size.colour), Spacer(1, 4)]
    if part.rule:
        body.append(_pair("Rule", part.rule))
    if part.tests:
        body.append(_pair("Tests", "; ".join(f"{name}: {word}" for name, word in part.tests)))
    body += [_pair(label, text) for label, text in part.play]
    return [KeepTogether([*body, Spacer(1, 16)])]


def _pair(label: str, text: str) -> Paragraph:
    return Paragraph(f"<b>{escape(label)}:</b> {escape(text)}", _style(9))


def _facts(facts: list[tuple[str, str]]) -> Table:
    """Labels over figures, side by side."""
    cells = [[[_said(label, 8, colour="text-muted", after=0), _said(text, 10, colour="text", bold=True, after=0)]
              for label, text in facts]]  # fmt: skip
    line = HexColor(tokens("light")["line"])
    style = [("VALIGN", (0, 0), (-1, -1), "TOP"), ("LINEABOVE", (0, 0), (-1, 0), 0.5, line),
             ("LINEBELOW", (0, 0), (-1, 0), 0.5, line), ("LEFTPADDING", (0, 0), (-1, -1), 0)]  # fmt: skip
    return Table(cells, colWidths=[pictures.WIDTH / len(facts)] * len(facts), style=TableStyle(style))


def _limits(report: Report) -> list[Flowable]:
    said = [Paragraph(f"• {escape(text)}", _style(9)) for text in report.limits]
    return [KeepTogether([_titled("What to keep in mind"), *said])]


def _footer(page: Any, report: Report) -> None:
    page.saveState()
    page.setFont(pictures.PLAIN, 7)
    page.setFillColor(HexColor(tokens("light")["text-muted"]))
    page.drawString(MARGIN, MARGIN / 2, report.made)
    page.drawRightString(A4[0] - MARGIN, MARGIN / 2, str(page.getPageNumber()))
    page.restoreState()

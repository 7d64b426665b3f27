"""The pictures of the report as vector drawings: the same on the page (SVG) and in the PDF."""

import re
from functools import cache
from pathlib import Path

from reportlab.graphics import renderSVG
from reportlab.graphics.shapes import Circle, Drawing, Line, Rect, String
from reportlab.lib.colors import HexColor
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

from dashboard import formatting as f
from dashboard.report.contents import Report, Size, Trait
from dashboard.theme import segment_colour, tokens

FONTS = Path(__file__).parent / "vendor"
PLAIN, BOLD = "DejaVu Sans", "DejaVu Sans Bold"
WIDTH = 504.0  # points: A4 less its margins
ROW, SMALL = 20.0, 8.0
MAP_HEIGHT = 250.0
DOTS = 2_000  # drawn at most: more change nothing on paper
FARTHEST = 2.0  # sd at which a bar is full


@cache
def fonts() -> None:
    """Make the two fonts known, once."""
    pdfmetrics.registerFont(TTFont(PLAIN, FONTS / "DejaVuSans.ttf"))
    pdfmetrics.registerFont(TTFont(BOLD, FONTS / "DejaVuSans-Bold.ttf"))
    pdfmetrics.registerFontFamily(PLAIN, normal=PLAIN, bold=BOLD, italic=PLAIN, boldItalic=BOLD)


def svg(drawing: Drawing, says: str) -> str:
    """A drawing for a page, with what it shows in words for those who do not see it.

    Without the clip to its own frame that the library adds: its name would be the same for every picture of a page.
    """
    drawn = str(renderSVG.drawToString(drawing))
    drawn = re.sub(r"<title>.*?</clipPath>", "", drawn[drawn.index("<svg") :], flags=re.DOTALL)
    drawn = drawn.replace(' id="group"', "").replace(' style="clip-path: url(#clip)"', "")
    return drawn.replace("<svg", f'<svg role="img" aria-label="{says}"', 1)


def shares(sizes: list[Size], *, valued: bool) -> Drawing:
    """Share of customers, and of value where there is any, by segment."""
    fonts()
    left, gap = 170.0, 24.0
    wide = (WIDTH - left - gap) / 2 if valued else WIDTH - left
    most = max([size.share for size in sizes] + [size.value_share or 0.0 for size in sizes] + [0.01])
    drawing = Drawing(WIDTH, ROW * (len(sizes) + 1))
    top = drawing.height - ROW
    drawing.add(_text(left, top + 6, "Share of customers", colour="text-muted"))
    if valued:
        drawing.add(_text(left + wide + gap, top + 6, "Share of spending", colour="text-muted"))
    for at, size in enumerate(sizes):
        y = top - ROW * (at + 1)
        drawing.add(_text(0, y + 6, _cut(size.name, left - 10)))
        _bar(drawing, left, y, wide - 44, size.share / most, size.colour, f.percent(size.share))
        if valued and size.value_share is not None:
            _bar(drawing, left + wide + gap, y, wide - 44, size.value_share / most, size.colour,
                 f.percent(size.value_share))  # fmt: skip
    return drawing


def traits(found: list[Trait], colour: int) -> Drawing:
    """How far a segment is from everyone, left what it has less of, right what it has more of."""
    fonts()
    names, figures = 170.0, 150.0
    middle = names + (WIDTH - names - figures) / 2
    reach = (WIDTH - names - figures) / 2 - 8
    drawing = Drawing(WIDTH, ROW * (len(found) + 1))
    top = drawing.height - ROW
    drawing.add(_text(middle, top + 6, "less, more than everyone", colour="text-muted", anchor="middle"))
    drawing.add(_text(WIDTH - 66, top + 6, "here", colour="text-muted", anchor="end"))
    drawing.add(_text(WIDTH, top + 6, "everyone", colour="text-muted", anchor="end"))
    for at, trait in enumerate(found):
        y = top - ROW * (at + 1)
        drawing.add(_text(0, y + 6, _cut(trait.label, names - 10)))
        long = min(abs(trait.effect) / FARTHEST, 1.0) * reach
        drawing.add(Rect(middle - long if trait.effect < 0 else middle, y + 4, long, 10, strokeWidth=0,
                         strokeColor=None, fillColor=HexColor(segment_colour(colour))))  # fmt: skip
        drawing.add(_text(WIDTH - 66, y + 6, _cut(trait.here, 70), anchor="end"))
        drawing.add(_text(WIDTH, y + 6, _cut(trait.everyone, 62), colour="text-muted", anchor="end"))
    drawing.add(Line(middle, 0, middle, top, strokeColor=HexColor(tokens("light")["line-strong"]), strokeWidth=0.75))
    return drawing


def place(report: Report) -> Drawing:
    """The map: customers by what differs most among them, in the colours of their segments."""
    fonts()
    drawing = Drawing(WIDTH, MAP_HEIGHT)
    dots = report.dots[:: max(1, -(-len(report.dots) // DOTS))]
    xs, ys = [dot.x for dot in dots], [dot.y for dot in dots]
    low_x, low_y = min(xs), min(ys)
    wide, high = max(max(xs) - low_x, 1e-9), max(max(ys) - low_y, 1e-9)
    below, above = 34.0, 20.0
    for dot in dots:
        x = 4 + (dot.x - low_x) / wide * (WIDTH - 8)
        y = below + 4 + (dot.y - low_y) / high * (MAP_HEIGHT - below - above - 8)
        drawing.add(Circle(x, y, 1.6, strokeColor=None, strokeWidth=0, fillColor=HexColor(segment_colour(dot.colour))))
    left, right, down, up = report.ends
    half = WIDTH / 2 - 12
    drawing.add(_text(0, MAP_HEIGHT - 12, _cut(f"Up: {up}", WIDTH), colour="text-muted"))
    drawing.add(_text(0, 18, _cut(f"Down: {down}", WIDTH), colour="text-muted"))
    drawing.add(_text(0, 4, _cut(f"Left: {left}", half), colour="text-muted"))
    drawing.add(_text(WIDTH, 4, _cut(f"Right: {right}", half), colour="text-muted", anchor="end"))
    return drawing


def _text(x: float, y: float, text: str, *, colour: str = "text-body", anchor: str = "start") -> String:
    return String(x, y, text, fontName=PLAIN, fontSize=SMALL, textAnchor=anchor,
                  fillColor=HexColor(tokens("light")[colour]))  # fmt: skip


def _bar(drawing: Drawing, x: float, y: float, wide: float, part: float, colour: int, text: str) -> None:
    long = max(part * wide, 1.0)
    drawing.add(Rect(x, y + 4, long, 10, strokeColor=None, strokeWidth=0, fillColor=HexColor(segment_colour(colour))))
    drawing.add(_text(x + long + 6, y + 6, text))


def _cut(text: str, wide: float) -> str:
    """The text, shortened to a width."""
    if pdfmetrics.stringWidth(text, PLAIN, SMALL) <= wide:
        return text
    while text and pdfmetrics.stringWidth(text + "…", PLAIN, SMALL) > wide:
        text = text[:-1]
    return text.rstrip() + "…"

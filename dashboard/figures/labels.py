"""Names of segments written into a map: over their centres, legible over dots, apart from each other."""

import textwrap
from collections.abc import Sequence
from typing import Any

import numpy as np

from dashboard.theme import Theme, tokens

LETTER, LINE = 0.6, 1.3  # of the font's size: a bold letter's width, a line's height
ROUNDS = 80  # neighbours push each other apart; a few rounds settle the ten labels there can be


def labels(
    theme: Theme, names: Sequence[str], places: np.ndarray, pixels: np.ndarray, width: float, *, size: int = 13,
    axes: str = "xy",
) -> list[dict[str, Any]]:  # fmt: skip
    """Annotations with the names at their places, shifted by pixels where they would cover each other.

    Parameters
    ----------
    places : ndarray of shape (n, len(axes))
        In the units of the axes.
    pixels : ndarray of shape (n, 2)
        Where that is on the screen, to the right and up, on the narrowest picture this map is drawn in.
    width : float
        Of that picture: no name leaves it.
    """
    texts = [wrapped(name) for name in names]
    lines = [text.split("<br>") for text in texts]
    wide = np.array([max(map(len, each)) for each in lines], dtype=float) * size * LETTER
    high = np.array([len(each) for each in lines], dtype=float) * size * LINE
    across = np.clip(pixels[:, 0], wide / 2, np.maximum(width - wide / 2, wide / 2)) if len(names) else pixels[:, 0]
    up = apart(across, pixels[:, 1], wide, high)
    shifts = np.round(np.column_stack([across - pixels[:, 0], up - pixels[:, 1]]))
    style = legible(theme, size)
    return [
        {"text": f"<b>{text}</b>", **dict(zip(axes, place, strict=True)), "xshift": dx, "yshift": dy, **style}
        for text, place, (dx, dy) in zip(texts, places.tolist(), shifts.tolist(), strict=True)
    ]


def apart(across: np.ndarray, up: np.ndarray, wide: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Heights of boxes so that no two cover each other; who lies side by side stays where they are.

    Parameters
    ----------
    across, up, wide, high : ndarray of shape (n,)
        Centres and sizes in pixels.

    Examples
    --------
    >>> one, two = np.array([0.0, 0.0]), np.array([10.0, 14.0])
    >>> apart(one, two, np.array([50.0, 50.0]), np.array([20.0, 20.0])).tolist()
    [2.0, 22.0]
    >>> apart(np.array([0.0, 60.0]), two, np.array([50.0, 50.0]), np.array([20.0, 20.0])).tolist()
    [10.0, 14.0]
    """
    moved = np.asarray(up, dtype=float).copy()
    pairs = [
        (i, j) for i in range(len(moved)) for j in range(i) if abs(across[i] - across[j]) < (wide[i] + wide[j]) / 2
    ]
    for _ in range(ROUNDS):
        covered = False
        for i, j in pairs:
            over = (high[i] + high[j]) / 2 - abs(moved[i] - moved[j])
            if over > 1e-6:
                covered = True
                upper, lower = (i, j) if (moved[i], -i) > (moved[j], -j) else (j, i)
                moved[upper] += over / 2
                moved[lower] -= over / 2
        if not covered:
            break
    return moved.round(6)


def wrapped(name: str, width: int = 18) -> str:
    """`name` in lines of at most `width` characters; a longer word stays whole.

    >>> wrapped("Long-standing light buyers")
    'Long-standing<br>light buyers'
    """
    return "<br>".join(textwrap.wrap(name, width, break_long_words=False))


def legible(theme: Theme, size: int) -> dict[str, Any]:
    """Text with a halo in the colour of the card, which hides few dots."""
    ink = tokens(theme)
    halo = ", ".join([f"0 0 3px {ink['card']}"] * 5)
    return {"showarrow": False, "font": {"size": size, "color": ink["text"], "shadow": halo}}


def on_paper(places: np.ndarray, low: np.ndarray, high: np.ndarray, width: float, height: float) -> np.ndarray:
    """Pixels of places on a flat map whose dots reach from `low` to `high`; plotly leaves a twentieth at each side.

    >>> on_paper(np.array([[0.0, 5.0]]), np.array([0.0, 0.0]), np.array([10.0, 10.0]), 100, 200).tolist()
    [[5.0, 100.0]]
    """
    reach = np.where(high > low, high - low, 1.0)
    return (0.05 + 0.9 * (places - low) / reach) * [width, height]


def in_space(places: np.ndarray, low: np.ndarray, high: np.ndarray, eye: Sequence[float], size: float) -> np.ndarray:
    """Pixels from the middle of a cube of dots seen from `eye`, as plotly's camera (45 degrees) sees it.

    >>> in_space(np.array([[0.5, 0.5, 0.5]]), np.zeros(3), np.ones(3), (1.5, 1.5, 1.0), 560).tolist()
    [[0.0, 0.0]]
    """
    reach = np.where(high > low, high - low, 1.0)
    cube = (places - low) / reach - 0.5
    towards = -np.asarray(eye, dtype=float)
    forward = towards / np.linalg.norm(towards)
    right = np.cross(forward, [0.0, 0.0, 1.0])
    right /= np.linalg.norm(right)
    depth = (cube - eye) @ forward
    seen = np.column_stack([cube @ right, cube @ np.cross(right, forward)]) / depth[:, None]
    return (seen / np.tan(np.pi / 8) * size / 2).round(6) + 0.0

"""What became of the segments of the version before: the questions first, then what happened."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from dash import html

from dashboard import components as c
from dashboard import formatting as f
from dashboard.cards.segments import segment_address
from dashboard.datasets import address

ICONS = {
    "doubtful": ("info", "k-warn"), "split": ("info", ""), "merged": ("info", ""), "gone": ("info", ""),
    "new": ("info", ""), "same": ("ok", "k-good"),
}  # fmt: skip


def story_card(story: Any) -> html.Section:
    """The story of a version, with yes and no where the analyst is asked."""
    if story.compared is None:
        text = "No version was in use when it was trained, so there is nothing its segments could be matched with."
        return c.card("Its segments are the first", c.empty(text))
    items = [_item(story, each) for each in story.told]
    return c.card(
        story_title(story.told),
        html.Ul(items, className="k-list"),
        caption=f"Compared with version {story.compared}, which was in use then: both label the same "
        f"{f.counted(story.customers, 'customer')} at the same day.",
        footer="A segment with at least half of its members in common is the same; from 0.30 on Kindred asks.",
    )


def story_title(told: Sequence[Any]) -> str:
    """The finding: what is asked, else what changed.

    >>> from types import SimpleNamespace as Told
    >>> split = Told(kind="split", asks=False, title="Savers split in two")
    >>> story_title([split, Told(kind="same", asks=False, title="")])
    'Savers split in two'
    >>> story_title([Told(kind="doubtful", asks=True, title="")] * 2)
    'Two segments may be ones you knew'
    """
    asked = [each for each in told if each.asks]
    if asked:
        plural = len(asked) > 1
        return (
            f"{f.sentence(f.in_words(len(asked)))} segment{'s' * plural} may be {'ones' if plural else 'one'} you knew"
        )
    changes = [each for each in told if each.kind != "same"]
    if len(changes) == 1:
        return str(changes[0].title)
    if not changes:
        return "Every segment is one you knew"
    return f"{f.sentence(f.in_words(len(changes)))} things changed against the version before"


def _item(story: Any, told: Any) -> html.Li:
    name, colour = ("check", "k-good") if told.kind == "same" else ICONS[told.kind]
    said = [html.H3(told.title), html.P(told.text)]
    if told.by:
        said.append(
            html.P(f"Answered {f.made_by(told.by)} on {f.day(datetime.fromisoformat(told.at))}.", className="k-muted")
        )
    parts: list[Any] = [html.Span(c.icon(name), className=colour), html.Div(said)]
    if told.asks or (told.kind == "new" and told.by):
        parts.append(answers(story.version, told))
    return html.Li(parts)


def answers(version: int, told: Any) -> html.Div:
    """Yes and no; after a no only the yes is left."""
    old, new = told.about[0], told.about[-1]
    asked = {"page": "model", "version": version, "label": told.label}
    text = "Yes, the same people" if told.asks else "They are, after all"
    yes = c.button(text, {**asked, "same": "yes"}, small=True, **_says(f"{text}: {new.name} are {old.name}"))
    refuse = "No, new ones"
    no = c.button(refuse, {**asked, "same": "no"}, small=True, **_says(f"{refuse}: {new.name} are not {old.name}"))
    return html.Div([yes, no] if told.asks else [yes], className="k-actions k-answers")


def _says(name: str) -> dict[str, Any]:
    return {"aria-label": name}


def fate_page(slug: str, fate: Any) -> list[Any]:
    """In the place of a segment the version in use does not have: what became of it, and where its members are."""
    trail = [("Segments", address("/segments", slug)), (fate.name, None)]
    chips = [c.segment_chip(each.name, each.colour, segment_address(slug, each.slug)) for each in fate.segments]
    told = html.Ul([html.Li(chip) for chip in chips], className="k-versions") if chips else None
    version = address(f"/models/{fate.version}", slug)
    return [
        c.page_head(fate.title, fate.text, trail=trail),
        c.row(
            c.col(
                6,
                c.card(
                    "Segments in use to look at" if chips else "The segments its members went into are not in use",
                    *(
                        [told]
                        if told
                        else [
                            c.empty(
                                "Segments come and go with the version in use; look for its members among all of them."
                            )
                        ]
                    ),
                    footer=html.A(f"What happened in version {fate.version}", href=version),
                ),
            )
        ),
        c.link_button("All segments", address("/segments", slug), primary=True),
    ]

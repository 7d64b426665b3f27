"""How far a model's segments carry, in words: are the groups real, and do they come back?"""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from segmentation.findings import Finding
from segmentation.modelling.reality import HINT
from segmentation.modelling.splits import TOGETHER
from segmentation.modelling.stability import READY, TRUSTED
from segmentation.wording import count_word, figure, listed, lowered, percent, sentence_case


class Standing(Protocol):
    """What is asked of a segment."""

    @property
    def name(self) -> str: ...
    @property
    def stability(self) -> float | None: ...


def reality_finding(
    reality: Mapping[str, Any] | None, labels: Mapping[str, str], k: int, metrics: Mapping[str, Any]
) -> Finding:
    """The verdict of the reality check, with what it rests on, and whether the segments in use show the groups.

    Parameters
    ----------
    reality : mapping or None
        As stored with the model; None when it was not checked.
    labels : mapping of str to str
        Label by feature.
    k, metrics
        Number and metrics of the segments in use.

    Examples
    --------
    >>> found = dict(verdict="groups", z=3.84, score=0.37, null_mean=0.35, needed=3, columns=[], nulls=[0.35] * 20)
    >>> told = reality_finding(found, {}, 2, {"silhouette": 0.37})
    >>> told.title, told.level
    ('The groups are real', 'ok')
    >>> told.text  # doctest: +NORMALIZE_WHITESPACE
    'At their best number of segments your customers separate at 0.37; 20 copies of your
     data without groups reached 0.35 on average (z = 3.8, needed 3).'
    >>> reality_finding(dict(found, best_k=2), {}, 2, {"silhouette": 0.37}).text[:56]
    'In two, their best number of segments, your customers se'
    >>> reality_finding(dict(found, best_k=2), {}, 4, {"silhouette": 0.3}).title
    'There are groups, but these four segments do not show them'
    >>> split = dict(found, verdict="split", z=1.0, columns=["spend"])
    >>> reality_finding(split, {"spend": "Spending"}, 2, {"silhouette": 0.3}).title
    'A split in spending, not groups'
    """
    if reality is None:
        text = "Dividing always works, even where there are no groups. Read these as a useful way to divide."
        return Finding("real", "info", "Whether the groups are real was not checked", text)
    if reality["z"] is None and reality["verdict"] == "none":
        text = "The customers are too few or too alike to be compared with copies without groups."
        return Finding("real", "warning", "A way to divide, not groups found", text)
    compared = _compared(reality)
    if reality["verdict"] == "groups" and stands_out(reality, k, metrics):
        return Finding("real", "ok", "The groups are real", compared)
    if reality["verdict"] == "groups":
        title = f"There are groups, but these {count_word(k)} segments do not show them"
        return Finding("real", "warning", title, compared)
    if reality["verdict"] == "split":
        what = split_words(reality["columns"], labels)
        text = f"Customers divide in two by {what}, but not into groups beyond that. {compared}"
        return Finding("real", "info", f"A split in {what}, not groups", text)
    if reality["z"] is not None and reality["z"] >= HINT:
        text = f"{compared} Treat the segments as a way to divide."
        return Finding("real", "info", "A weak hint of groups, no more", text)
    text = f"{compared} It can be useful; its borders are a choice."
    return Finding("real", "warning", "A way to divide, not groups found", text)


def _compared(reality: Mapping[str, Any]) -> str:
    if reality["z"] is None:
        return "They could not be compared with copies without groups."
    copies = len(reality["nulls"])
    best = reality.get("best_k")  # models of before do not know it
    best = f"In {count_word(best)}, their best number of segments," if best else "At their best number of segments"
    return (
        f"{best} your customers separate at {figure(reality['score'])}; "
        f"{copies} copies of your data without groups reached "
        f"{figure(reality['null_mean'])} on average (z = {reality['z']:.1f}, needed {reality['needed']:.0f})."
    ).replace("-", "−")


def stands_out(reality: Mapping[str, Any] | None, k: int, metrics: Mapping[str, Any]) -> bool:
    """Whether the groups are real and the segments in use, not only the best number of them, show it.

    They are held against the copies divided into as many segments, by the z the verdict needs; where that number was
    not tried (or the model is older than these figures) against the mean of the copies' best.

    >>> found = {"verdict": "groups", "null_mean": 0.31, "needed": 3.0}
    >>> [stands_out(each, 3, {"silhouette": of}) for each, of in ((found, 0.33), (found, 0.27), (None, 0.33))]
    [True, False, False]
    >>> stands_out(found, 3, {"silhouette": 0.6, "everyone": {"silhouette": 0.3}})
    False
    >>> tried = found | {"at": [{"k": 3, "null_mean": 0.26, "null_sd": 0.01}]}
    >>> [stands_out(tried, 3, {"silhouette": of}) for of in (0.28, 0.30)]  # z = 2 and 4
    [False, True]
    """
    silhouette = of_everyone(metrics).get("silhouette")
    if reality is None or reality["verdict"] != "groups" or silhouette is None:
        return False
    z = _z_of(reality, k, silhouette)
    return bool(silhouette > reality["null_mean"] if z is None else z >= reality["needed"])


def _copies_at(reality: Mapping[str, Any], k: int) -> Mapping[str, Any] | None:
    return next((each for each in reality.get("at") or [] if each["k"] == k), None)


def _z_of(reality: Mapping[str, Any], k: int, silhouette: float) -> float | None:
    copies = _copies_at(reality, k)
    return None if copies is None else (silhouette - copies["null_mean"]) / max(copies["null_sd"], 1e-9)


def of_everyone(metrics: Mapping[str, Any]) -> Mapping[str, Any]:
    """The metrics to compare by: of a model with customers in no segment, those with everybody in the nearest.

    >>> of_everyone({"silhouette": 0.6, "everyone": {"silhouette": 0.4}}), of_everyone({"silhouette": 0.3})
    ({'silhouette': 0.4}, {'silhouette': 0.3})
    """
    return metrics.get("everyone") or metrics


def in_use_words(reality: Mapping[str, Any] | None, k: int, metrics: Mapping[str, Any]) -> str:
    """What the segments in use reach where another number or way separates better or they show nothing; else empty.

    >>> found = {"verdict": "groups", "score": 0.33, "null_mean": 0.31, "needed": 3}
    >>> in_use_words(found, 3, {"silhouette": 0.27})
    'Your three segments separate at 0.27, no better than the copies.'
    >>> in_use_words(found, 2, {"silhouette": 0.329}), in_use_words(found, 3, {"silhouette": 0.32})
    ('', 'Your three segments separate at 0.32.')
    >>> in_use_words(found, 3, {"silhouette": 0.6, "everyone": {"silhouette": 0.32}})
    'With those in no segment in the nearest, your three segments separate at 0.32.'
    >>> tried = found | {"at": [{"k": 3, "null_mean": 0.26, "null_sd": 0.01}]}
    >>> in_use_words(tried, 3, {"silhouette": 0.27})
    'Your three segments separate at 0.27; copies divided into three reached 0.26 (z = 1.0, needed 3).'
    """
    silhouette = of_everyone(metrics).get("silhouette")
    if reality is None or silhouette is None or reality["score"] is None or reality["null_mean"] is None:
        return ""
    copies, z = _copies_at(reality, k), _z_of(reality, k, silhouette)
    shows = reality["verdict"] != "groups" or stands_out(reality, k, metrics)
    if round(silhouette, 2) >= round(reality["score"], 2) and shows:
        return ""
    than = "" if silhouette > reality["null_mean"] else ", no better than the copies"
    if copies is not None and z is not None:
        reached = f"{count_word(k)} reached {figure(copies['null_mean'])} (z = {z:.1f}, needed {reality['needed']:.0f})"
        than = f"; copies divided into {reached}".replace("-", "−")
    whose = "With those in no segment in the nearest, your" if "everyone" in metrics else "Your"
    return f"{whose} {count_word(k)} segments separate at {figure(round(silhouette, 2))}{than}."


def split_words(columns: Sequence[str], labels: Mapping[str, str]) -> str:
    """The columns that fall into two, as a person calls them; their main direction where none does alone.

    >>> split_words(["first_component", "age", "pay"], {"age": "Age", "pay": "Income"})
    'age and income'
    >>> split_words(["first_component"], {})
    'the numbers taken together'
    """
    named = [lowered(labels.get(name, name)) for name in columns if name != TOGETHER]
    return listed(named[:3]) if named else "the numbers taken together"


def stability_finding(segments: Sequence[Standing], stability: Mapping[str, Any] | None) -> Finding:
    """Whether every segment comes back when the model is fitted again to other draws of the customers.

    The title names none of them: it stands before their names.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> few, many = SimpleNamespace(name="Savers", stability=0.49), SimpleNamespace(name="Buyers", stability=0.97)
    >>> told = stability_finding([few, many], {"refits": 50})
    >>> told.level, told.title
    ('warning', 'One of two segments does not come back')
    >>> told.text
    'Over 50 refits on average only 49% of “Savers” is found again; 75% is needed to act on it.'
    >>> stability_finding([many], {"refits": 50}).text
    'Over 50 refits every segment finds at least 97% of itself again on average.'
    >>> stability_finding([many], None).text  # the others were made by hand
    'Of the others at least 97% of each was found again on average. Training again checks all of them.'
    """
    measured = [segment for segment in segments if segment.stability is not None]
    if measured and not stability:
        kept = percent(min(segment.stability or 0.0 for segment in measured))
        text = f"Of the others at least {kept} of each was found again on average. Training again checks all of them."
        return Finding("stable", "info", "Whether those made by hand come back was not checked", text)
    if not stability or not measured:
        text = "Training again on other customers may draw some borders elsewhere."
        return Finding("stable", "info", "Whether they come back was not checked", text)
    least = min(segment.stability or 0.0 for segment in measured)
    doubtful = [segment for segment in measured if (segment.stability or 0.0) < READY]
    over = f"Over {stability['refits']} refits"
    if not doubtful:
        bound = percent(least) if 0.99 < least < 1 else f"at least {percent(least)}"
        text = f"{over} every segment finds {bound} of itself again on average."
        return Finding("stable", "ok", "They come back", text)
    worst = min(doubtful, key=lambda segment: segment.stability or 0.0)
    one = len(doubtful) == 1
    found = f"{over} on average only {percent(least)} of “{worst.name}” is found again"
    text = f"{found}; {percent(READY)} is needed to act on {'it' if one else 'a segment'}."
    who = f"{sentence_case(count_word(len(doubtful)))} of {count_word(len(measured))} segments"
    if least < TRUSTED:
        return Finding("stable", "warning", f"{who} {'does' if one else 'do'} not come back", text)
    return Finding("stable", "info", f"{who} {'comes' if one else 'come'} back with doubtful members", text)


def gate_finding(reasons: Sequence[str | None]) -> Finding:
    """For how many segments a play may start.

    Parameters
    ----------
    reasons : sequence of str or None
        Per segment why a play for it is not ready, None where it is; see `criteria.why_not_ready`.

    Examples
    --------
    >>> told = gate_finding([None, "it is too small", "it is too small"])
    >>> told.title, told.text
    ('One of three segments is ready for a play', 'For the others: it is too small.')
    >>> gate_finding([None, None]).title, gate_finding(["not stable", "too small"]).text
    ('Every segment is ready for a play', 'The page of each segment says why.')
    """
    ready, shut = sum(reason is None for reason in reasons), {reason for reason in reasons if reason}
    why = f"{next(iter(shut))}." if len(shut) == 1 else "the page of each says why."
    if not shut:
        return Finding("ready", "ok", "Every segment is ready for a play", "Each is real, stable and large enough.")
    if not ready:
        text = sentence_case(why) if len(shut) == 1 else "The page of each segment says why."
        return Finding("ready", "warning", "No segment is ready for a play", text)
    verb = "is" if ready == 1 else "are"
    title = f"{sentence_case(count_word(ready))} of {count_word(len(reasons))} segments {verb} ready for a play"
    return Finding("ready", "info", title, f"For the others: {why}")


def verdict_words(reality: Mapping[str, Any] | None) -> str:
    """The verdict in a few words, for a list of facts.

    >>> verdict_words(None), verdict_words({"verdict": "none", "z": 2.4})
    ('not checked', 'a weak hint of groups')
    """
    if reality is None:
        return "not checked"
    if reality["verdict"] == "none":
        return "a weak hint of groups" if (reality["z"] or 0.0) >= HINT else "no groups found"
    return {"groups": "the groups are real", "split": "a split, not groups"}[reality["verdict"]]

"""The draft of a recipe, as the browser holds it: ``start``, ``label``, ``saved``, ``base`` and ``features``."""

from typing import Any

from dash import no_update

from segmentation.recipe_views import changes

PAGE, HERE = "the recipe on this page", "here"


def feature_of(draft: dict[str, Any] | None, name: str | None) -> dict[str, Any] | None:
    return next((feature for feature in draft["features"] if feature["name"] == name), None) if draft else None


def changed(draft: dict[str, Any] | None, switches: dict[str, dict[str, Any]]) -> Any:
    """The draft with other switches by feature; nothing where all stand as they did."""
    if draft is None:
        return no_update
    features = [{**feature, **switches.get(feature["name"], {})} for feature in draft["features"]]
    usual = {"transform": "auto", "clip": True, "weight": 1}
    same = all({**usual, **old} == {**usual, **new} for old, new in zip(draft["features"], features, strict=True))
    return no_update if same else {**draft, "features": features}


def plain(feature: dict[str, Any]) -> dict[str, Any]:
    """An entry of the draft as a recipe holds it."""
    return {key: value for key, value in feature.items() if key != "sensitive"}


def label_of(draft: dict[str, Any]) -> str:
    """What the recipe on the page is called in what is kept of it: by where it came from."""
    return f"{draft['label']}, changed" if changes(draft["base"], draft["features"]) else str(draft["label"])

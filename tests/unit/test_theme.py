"""Python and CSS agree on every colour, and what the toggle swaps is unambiguous."""

import re

import pytest

from dashboard import theme

CSS = theme.TOKENS_CSS.read_text()


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_every_colour_of_the_css_is_known_to_python(mode):
    block = re.search(r'^:root, \[data-bs-theme="light"\] \{(.*?)^\}' if mode == "light" else
                      r'^\[data-bs-theme="dark"\] \{(.*?)^\}', CSS, re.S | re.M).group(1)  # fmt: skip
    named = dict(re.findall(r"--k-([\w-]+): (#\w{6});", block))
    assert len(named) > 30
    assert named.items() <= theme.tokens(mode).items()


def test_segments_have_one_set_of_ten_colours_for_both_themes():
    for number in range(11):
        assert theme.tokens("light")[f"seg-{number}"] == theme.tokens("dark")[f"seg-{number}"]
    assert len({theme.segment_colour(number) for number in range(11)}) == 11  # 0 is Unassigned's


def test_swapping_a_figure_there_and_back_changes_nothing():
    swaps = theme.swaps()
    assert len(swaps) == len(theme.FIGURE_ROLES)
    assert len(set(swaps.values())) == len(swaps), "two roles share a colour in the dark"
    segments = {theme.segment_colour(number) for number in range(11)}
    assert not segments & (set(swaps) | set(swaps.values()))


def test_the_dark_template_is_the_light_one_swapped():
    def swapped(value):
        if isinstance(value, dict):
            return {key: swapped(item) for key, item in value.items()}
        if isinstance(value, (list, tuple)):
            return [swapped(item) for item in value]
        return theme.swaps().get(value, value) if isinstance(value, str) else value

    light, dark = (theme.template(mode) for mode in ("light", "dark"))
    assert swapped(light["layout"]) == swapped(dark["layout"])


def test_a_theme_outside_a_request_is_light():
    assert theme.chosen() == "light"

"""The words that explain themselves: each told once, in three short sentences, used where its figure stands."""

import re
from pathlib import Path

import pytest

import dashboard
from dashboard import components as c
from dashboard.cards import expected
from dashboard.cards.glossary import glossary
from dashboard.terms import TERMS, groups

SOURCES = {path: path.read_text() for path in Path(dashboard.__file__).parent.rglob("*.py")}
ONLY_IN_THE_GLOSSARY = {"unassigned", "explained"}


@pytest.mark.parametrize("key", TERMS)
def test_a_term_is_three_short_sentences(key):
    term = TERMS[key]
    for text in (term.meaning, term.caveat, term.computed):
        assert text[0] == text[0].upper()
        assert len(text) <= 130
    assert not re.search(r"[.!?] [A-Z]", term.meaning), "one sentence"
    assert term.meaning.endswith(".")


def test_every_word_on_a_page_is_in_the_registry_and_every_term_is_used():
    used = {key for text in SOURCES.values() for key in re.findall(r"c\.term\(\s*\"(\w+)\"", text)}
    used |= {
        key
        for text in SOURCES.values()
        for key in re.findall(r'^    Criterion\(\s*"\w+", "[^"]*", "(\w+)"', text, re.M)
    }
    used |= {"measurable", "substantial", "accessible", "differentiable", "actionable"}  # by the name of the test
    used |= set(expected.TERM.values())  # beside the inputs of the calculator
    assert used <= set(TERMS)
    assert set(TERMS) - used == ONLY_IN_THE_GLOSSARY


def test_a_tip_says_what_it_means_what_to_mind_and_how_it_is_computed():
    tip = str(c.term("border", "Who is on a border"))
    assert "Who is on a border" in tip
    for text in TERMS["border"][2:]:
        assert text in tip


def test_the_glossary_holds_every_term_once():
    page = str(glossary())
    for term in TERMS.values():
        assert page.count(term.computed) == 1
    assert sum(len(terms) for terms in groups().values()) == len(TERMS)

"""Names from the profile: what a marketer would call these people, never a number of the clusterer's."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from segmentation.profiles import ProfileRow
from segmentation.traits import SAID, Trait, intensified, traits
from segmentation.withholding import SMALL_GROUP, too_few

LONGEST = 40
NOTICEABLE = 0.3  # sd from everyone; below it nothing is said
STRIKING = 0.6  # a third thing is said from this strength
BEYOND = 3.0  # sd; further out is no stronger
NOUNS = ("value", "frequency", "score", "visits")
NAMELESS = SMALL_GROUP[0].lower() + SMALL_GROUP[1:]


@dataclass
class _Name:
    adjectives: list[str] = field(default_factory=list)
    noun: str | None = None
    suffixes: list[str] = field(default_factory=list)
    said: set[str] = field(default_factory=set)

    def text(self) -> str:
        head = " ".join([*self.adjectives, self.noun or "customers"]) if self.adjectives or self.noun else ""
        name = ", ".join([head, *self.suffixes] if head else self.suffixes) or "average customers"
        return name[0].upper() + name[1:]

    def with_phrase(self, phrase: str, part: str, what: str) -> "_Name":
        adjectives, suffixes = list(self.adjectives), list(self.suffixes)
        (adjectives if part == "adjective" else suffixes).append(phrase)
        return _Name(adjectives, self.noun, suffixes, self.said | {what})

    def intensified(self, phrase: str) -> "_Name":
        def stronger(said: str) -> str:
            return intensified(said) if said == phrase else said

        noun = stronger(self.noun) if self.noun else None
        return _Name([*map(stronger, self.adjectives)], noun, [*map(stronger, self.suffixes)], self.said)

    def says(self, phrase: str) -> bool:
        return phrase in (self.noun, *self.adjectives, *self.suffixes)


def name_segments(rows: Sequence[ProfileRow], k: int) -> list[str]:
    """A name per label, unique, built from the two or three things that tell the segment from everyone.

    Parameters
    ----------
    rows : sequence of ProfileRow
        As `segmentation.profiles.profile` returns them, in original units.
    k : int
        Number of labels.

    Returns
    -------
    list of str
        By label; at most about 40 characters each. The same profiles give the same names, whatever
        integers their segments have. Of fewer than 10 members the name says nothing.

    Examples
    --------
    >>> def row(segment, effect, mean):
    ...     return ProfileRow(segment, "age", "Age", "number", "years", True, 90, 0, mean, 1.0, *[None] * 3, effect)
    >>> name_segments([row(None, 0.0, 40.0), row(0, 0.8, 60.0), row(1, -0.8, 20.0)], 2)
    ['Older customers', 'Young customers']
    """
    found = traits(rows, k)
    sizes = _sizes(rows)
    names = [_Name(noun=NAMELESS) if too_few(sizes[label]) else _described(label, found) for label in range(k)]
    names = [name if name.noun == NAMELESS else _answered(label, names, found) for label, name in enumerate(names)]
    for _ in range(4):
        groups = [group for group in _same(names) if names[group[0]].noun != NAMELESS]
        if not groups:
            break
        for group in groups:
            _tell_apart(group, names, found)
    return _numbered([name.text() for name in names], sizes)


def _described(label: int, found: list[Trait]) -> _Name:
    """What is said of one segment before it is compared with the others."""
    ranked = sorted(found, key=lambda trait: (-_strength(trait, label), trait.attribute))
    ranked = [trait for trait in ranked if abs(trait.effects[label]) >= NOTICEABLE]
    if not ranked:
        return _Name()
    enough = 0.4 * _strength(ranked[0], label)
    ranked = [trait for trait in ranked if _strength(trait, label) >= enough]
    noun = _noun(label, ranked)
    name = _Name(noun=noun.phrase(label) if noun else None, said={_about(noun)} if noun else set())
    if noun and noun.concept == "value":
        name.said, name.noun = _with_frequency(label, noun, ranked, name)
    wanted = 1 if noun else 2
    for trait in ranked:
        if _about(trait) in name.said or trait.words.part == "noun" or _repeats(trait, label, name, found):
            continue
        if (wanted <= 0 and _strength(trait, label) < STRIKING) or wanted <= -1:
            break
        part = trait.words.part if not name.adjectives else "suffix"
        if trait.words.part == "adjective" and name.adjectives:
            continue
        longer = name.with_phrase(trait.phrase(label), part, _about(trait))
        if len(longer.text()) <= LONGEST:
            name, wanted = longer, wanted - 1
    return name


def _repeats(trait: Trait, label: int, name: _Name, found: list[Trait]) -> bool:
    """High spenders who spend much on wine too: that one column goes with its sum is no news."""
    if trait.part_of not in name.said:
        return False
    whole = next(other for other in found if other.concept == trait.part_of)
    return bool(trait.effects[label] * whole.effects[label] > 0)


def _answered(label: int, names: list[_Name], found: list[Trait]) -> _Name:
    """Where one segment is "responsive high spenders", plain "high spenders" are the quiet ones, if they are."""
    name = names[label]
    if not name.noun or name.adjectives or name.suffixes:
        return name
    rivals = [other for other, rival in enumerate(names) if rival.noun == name.noun and rival.adjectives]
    for trait in sorted(found, key=lambda trait: (-_strength(trait, label), trait.attribute)):
        if trait.words.part == "adjective" and abs(trait.effects[label]) >= SAID:
            opposite = trait.words.low if trait.effects[label] > 0 else trait.words.high
            if any(names[other].says(opposite) for other in rivals):
                return name.with_phrase(trait.phrase(label), "adjective", _about(trait))
    return name


def _noun(label: int, ranked: list[Trait]) -> Trait | None:
    """Whom to call them: by spending where that says nearly as much as anything else of its kind."""
    nouns = [trait for trait in ranked if trait.concept in NOUNS]
    if not nouns:
        return None
    best = max(_strength(trait, label) for trait in nouns)
    order = {concept: at for at, concept in enumerate(NOUNS)}
    return min(
        (trait for trait in nouns if _strength(trait, label) >= 0.5 * best),
        key=lambda trait: (order[trait.concept or ""], -_strength(trait, label), trait.attribute),
    )


def _with_frequency(label: int, noun: Trait, ranked: list[Trait], name: _Name) -> tuple[set[str], str | None]:
    """Spending and buying that go together are one noun; that go apart, both are said."""
    frequency = next((trait for trait in ranked if trait.concept == "frequency"), None)
    if frequency is None:
        return name.said, name.noun
    said = name.said | {"frequency"}
    spends, buys = noun.effects[label] > 0, frequency.effects[label] > 0
    if spends == buys:
        return said, "high spenders" if spends else "light buyers"
    return said, "infrequent high spenders" if spends else "frequent light spenders"


def _strength(trait: Trait, label: int) -> float:
    strength = trait.weight * min(abs(float(trait.effects[label])), BEYOND)
    # What a segment rarely is says less of it than what it mostly is.
    return round(strength * (0.7 if trait.shares is not None and trait.effects[label] < 0 else 1.0), 9)


def _about(trait: Trait) -> str:
    return trait.concept or trait.attribute.partition("=")[0]


def _same(names: list[_Name]) -> list[list[int]]:
    groups: dict[str, list[int]] = {}
    for label, name in enumerate(names):
        groups.setdefault(name.text(), []).append(label)
    return [group for group in groups.values() if len(group) > 1]


def _tell_apart(group: list[int], names: list[_Name], found: list[Trait]) -> None:
    """Say of segments with one name what they differ in most: that side of the widest gap they lie on."""
    spread = {id(trait): round(trait.weight * float(np.ptp(trait.effects[group])), 9) for trait in found}
    ranked = sorted(found, key=lambda trait: (-spread[id(trait)], trait.attribute))
    ranked = [trait for trait in ranked if spread[id(trait)] > 0]
    options = [_contrasted(trait, group, names) for trait in ranked[:6]]
    # Too long: what they all say behind the comma goes, unless that makes them somebody else's namesake.
    bare = [
        _Name(name.adjectives, name.noun, [], name.said) if label in group else name for label, name in enumerate(names)
    ]
    others = {name.text() for label, name in enumerate(names) if label not in group}
    shorter = [_contrasted(trait, group, bare) for trait in ranked[:6]] if bare[group[0]].noun else []
    shorter = [option for option in shorter if not others & {name.text() for name in option}]
    fitting = [option for option in [*options, *shorter] if all(len(name.text()) <= LONGEST for name in option)]
    for chosen in [*fitting, *options][:1]:
        for label, name in zip(group, chosen, strict=True):
            names[label] = name


def _contrasted(trait: Trait, group: list[int], names: list[_Name]) -> list[_Name]:
    effects = trait.effects[group]
    ordered = np.sort(effects)
    gap = int(np.argmax(np.diff(ordered)))
    border = (ordered[gap] + ordered[gap + 1]) / 2
    contrasted = []
    for label, effect in zip(group, effects, strict=True):
        name, higher = names[label], bool(effect > border)
        phrase = trait.phrase(label)
        if all(names[other].says(phrase) for other in group):
            contrasted.append(name.intensified(phrase) if higher == (effect > 0) else name)
            continue
        phrase = trait.against(label, higher)
        plain = phrase in (trait.words.high, trait.words.low)
        part = "adjective" if plain and trait.words.part == "adjective" and not name.adjectives else "suffix"
        contrasted.append(name.with_phrase(phrase, part, _about(trait)))
    return contrasted


def _sizes(rows: Sequence[ProfileRow]) -> dict[int | None, int]:
    """Members by label."""
    return {row.segment_label: row.customers + row.missing for row in rows}


def _numbered(texts: list[str], sizes: Mapping[int | None, int]) -> list[str]:
    """The last resort, for segments with one and the same profile: the larger one keeps the name."""
    names = list(texts)
    for text in {text for text in texts if texts.count(text) > 1}:
        same = sorted(
            (label for label, name in enumerate(texts) if name == text), key=lambda label: -sizes.get(label, 0)
        )
        for at, label in enumerate(same[1:], start=2):
            names[label] = f"{text} ({at})"
    return names

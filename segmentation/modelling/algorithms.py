"""The algorithms an analyst chooses from: what they are called, when they serve, and what they need."""

from dataclasses import dataclass

from segmentation.errors import TrainingError


@dataclass(frozen=True)
class Algorithm:
    """One way to find segments.

    Attributes
    ----------
    name : str
        As the command line and the store know it.
    label, when : str
        As a person calls it within a sentence, and one line on when to use it.
    counts : bool
        It takes a number of segments; else it finds the number itself and may leave customers unassigned.
    predicts : bool
        It can label customers it was not formed on; else a stand-in does (`assigners.stand_in`).
    pairs : bool
        It looks at every pair of customers: memory or time grows with the square of their number.
    """

    name: str
    label: str
    when: str
    counts: bool = True
    predicts: bool = True
    pairs: bool = False


ALL = (
    Algorithm("kmeans", "k-means", "The usual choice: compact segments of similar spread, quick on any number"),
    Algorithm("minibatch", "mini-batch k-means", "Nearly k-means' segments, sooner on millions of customers"),
    Algorithm("bisecting", "bisecting k-means", "Splits the widest segment again and again: sizes come out more even"),
    Algorithm("gmm", "Gaussian mixture", "Stretched or overlapping segments; says how likely each one is"),
    Algorithm("ward", "Ward", "Joins the most alike step by step; for up to some ten thousand customers",
              predicts=False, pairs=True),
    Algorithm("hdbscan", "HDBSCAN", "Finds dense crowds of any shape and their number; who is in none stays unassigned",
              counts=False, predicts=False, pairs=True),
    Algorithm("dbscan", "DBSCAN", "Like HDBSCAN with one distance for all: for crowds that are equally dense",
              counts=False, predicts=False, pairs=True),
    Algorithm("kprototypes", "k-prototypes", "Numbers mixed with categories, or categories alone: a segment's centre "
              "has its commonest category"),
)  # fmt: skip
ALGORITHMS = {each.name: each for each in ALL}


def algorithm(name: str) -> Algorithm:
    """The algorithm of that name; TrainingError lists those there are.

    >>> algorithm("ward").predicts
    False
    """
    if name not in ALGORITHMS:
        raise TrainingError(f"there is no algorithm {name!r}; algorithms are: {', '.join(ALGORITHMS)}")
    return ALGORITHMS[name]

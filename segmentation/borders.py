"""Who sits on a border: the confidence under which a customer might as well be in the runner-up."""

BORDERLINE = 0.05  # from distances
AS_LIKELY = 0.525  # the same of a posterior: two segments, one with 0.525, are 0.05 apart


def borderline_under(algorithm: str) -> float:
    """The confidence under which a customer sits on a border; a Gaussian mixture's is a probability.

    >>> borderline_under("kmeans"), borderline_under("gmm")
    (0.05, 0.525)
    """
    return AS_LIKELY if algorithm == "gmm" else BORDERLINE

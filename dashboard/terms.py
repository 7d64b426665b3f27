"""The words that need explaining, each told once: on hover or tap beside the figure, and in the glossary."""

from typing import NamedTuple


class Term(NamedTuple):
    """A sentence in marketing words, what to mind, and how it is computed."""

    group: str
    word: str
    meaning: str
    caveat: str
    computed: str


_SEGMENTS, _TRUST, _ATTRIBUTES = "Segments", "How far segments carry", "What attributes say"
_CUSTOMER, _COUNT, _RFM, _PLAYS, _VERSIONS = "One customer", "The number of segments", "RFM", "Plays", "Versions"

TERMS = {
    "segment": Term(
        _SEGMENTS, "Segment", "Customers who are alike in what the model was given, and unlike the others.",
        "It describes; it does not say why they are so, or what a campaign would change.",
        "Found by the version in use; it keeps name and colour while at least half of its members stay.",
    ),
    "spending": Term(
        _SEGMENTS, "Spending", "What these customers spent together.",
        "It is of the time the file covers, before costs.",
        "Sum of the columns with the role value; who has no figure counts as 0.",
    ),
    "per_customer": Term(
        _SEGMENTS, "Per customer", "What one customer spent on average.",
        "A few large ones can carry it: look at the distribution.", "Spending divided by customers.",
    ),
    "unassigned": Term(
        _SEGMENTS, "Unassigned", "Customers in no segment: there is no crowd of customers like them.",
        "They are counted and shown, and no play is for them.",
        "Only algorithms that look for crowds (HDBSCAN, DBSCAN) leave customers out.",
    ),
    "border": Term(
        _SEGMENTS, "On a border", "Customers whose segment is a guess: they might as well be in another one.",
        "Do not base a decision about one of them on the segment alone.",
        "A confidence under 0.05; on a segment's page also who was elsewhere in more than 20% of the refits.",
    ),
    "far": Term(
        _SEGMENTS, "Unusual customers", "Members who are far from everybody, also from their own segment.",
        "Look whether their figures are right; nobody is left out for it.",
        "Farther from the centre than 99.5% of members, the median plus five robust deviations, and twice the median.",
    ),
    "reality": Term(
        _TRUST, "Reality", "Whether there are groups at all, or only a useful way to divide.",
        "Dividing always works, also where there are no groups.",
        "Separation against copies of your data with the same margins and correlations, but no groups: z of 3 passes.",
    ),
    "stability": Term(
        _TRUST, "Stability", "How much of the segment is found again when the model sees other customers of yours.",
        "0.85 and more is highly stable, 0.75 stable; under 0.60 do not trust it.",
        "Mean overlap (Jaccard) of its members over 50 refits, each on customers drawn anew.",
    ),
    "separation": Term(
        _TRUST, "Separation", "How much closer customers are to their own segment than to the next one.",
        "Up to 0.25 is poor, to 0.50 fair, to 0.70 good; read it beside the copies without groups.",
        "The silhouette, from −1 to 1, averaged over the customers.",
    ),
    "gate": Term(
        _TRUST, "Gate", "Whether a play for this segment may run.",
        "It says that the segment carries a play, not that the play will work.",
        "Stability of at least 0.75, at least 30 people and 5% of customers or spending, and groups that are real.",
    ),
    "measurable": Term(
        _TRUST, "Measurable", "What forms the segments is known of its members.",
        "A segment of gaps is a segment of guesses.",
        "Missing values over all values of these attributes: at most 10%.",
    ),
    "substantial": Term(
        _TRUST, "Substantial", "Large or rich enough to be worth a campaign.",
        "What is worth it depends on what a contact costs.", "At least 30 people, and 5% of customers or of spending.",
    ),
    "accessible": Term(
        _TRUST, "Accessible", "Its members can be reached.", "Who has no value did not say yes.",
        "The share with consent, else by one channel: at least half.",
    ),
    "differentiable": Term(
        _TRUST, "Differentiable", "Another kind of customer than everyone, in what formed the segments.",
        "A difference that does not come back is chance.",
        "Mean distance to everyone in its three most telling inputs of at least 0.50 sd, and a stability of 0.75.",
    ),
    "actionable": Term(
        _TRUST, "Actionable", "Somebody owns a play for it that has not ended.",
        "A play without an owner does not happen.", "Read from the play of the segment.",
    ),
    "distance": Term(
        _ATTRIBUTES, "Distance, sd", "How far the members' average lies from everyone's.",
        "From 0.2 it can be noticed, from 0.5 it is clear, from 0.8 large (Cohen).",
        "Difference of the averages divided by everyone's standard deviation.",
    ),
    "set_apart": Term(
        _ATTRIBUTES, "Set apart", "How far the segments differ in this attribute: 0 not at all, 1 completely.",
        "What formed the segments differs by construction.",
        "Eta squared for numbers and dates (0.14 is large), Cramér’s V for categories and flags.",
    ),
    "lift": Term(
        _ATTRIBUTES, "Lift", "How many times as often as among everyone.", "A high lift of a rare trait is few people.",
        "Share among the members divided by the share among everyone; groups under 10 people are left out.",
    ),
    "coverage": Term(
        _ATTRIBUTES, "Finds", "How many of the members a rule finds.",
        "The model decides, not the rule: it is a summary.",
        "Members who meet the rule, divided by all members.",
    ),
    "exclusivity": Term(
        _ATTRIBUTES, "Belong", "How many of those a rule finds are members.",
        "The rest are members of other segments.", "Members who meet the rule, divided by all who meet it.",
    ),
    "far_values": Term(
        _ATTRIBUTES, "Far values", "Values far away from nearly all others: mistakes, or very unusual customers.",
        "Look at them before you train; nobody is left out for them.",
        "Below the lower or above the upper quartile by more than three times their distance.",
    ),
    "together": Term(
        _ATTRIBUTES, "Together", "How far one column tells the other: 0 not at all, 1 completely.",
        "What goes together need not be the cause of one another; two such columns count twice in segments.",
        "Spearman for numbers, Cramér’s V for categories, correlation ratio for one of each; from 0.50 strong.",
    ),
    "explained": Term(
        _ATTRIBUTES, "Kept by the map", "How much of the differences between customers the directions of the map show.",
        "What is not kept cannot be seen: near on the map may be far apart.",
        "Variance of the principal components, divided by all variance.",
    ),
    "confidence": Term(
        _CUSTOMER, "Confidence", "How much nearer this customer is to the centre of its segment than to the next one.",
        "The margin is small even for ordinary members, so the rank among them is shown beside it.",
        "(d2 − d1) / (d2 + d1) of the distances to the two nearest centres: 0 on the border, 1 on the centre.",
    ),
    "runner_up": Term(
        _CUSTOMER, "Next closest", "The segment this customer would be in if it were not in its own.",
        "For clear members it says little.", "The second nearest centre.",
    ),
    "customer_value": Term(
        _CUSTOMER, "Value", "What this customer spent.", "It is of the time the file covers, before costs.",
        "Sum of the columns with the role value.",
    ),
    "refits_elsewhere": Term(
        _CUSTOMER, "Refits elsewhere",
        "How often the model puts this customer elsewhere when it sees other customers of yours.",
        "One in five and more: the segment is a guess.",
        "Share of 50 refits on customers drawn anew in which another segment is theirs.",
    ),
    "far_distance": Term(
        _CUSTOMER, "Distance", "How far this customer is from the middle of the nearest segment.",
        "Far is unusual, not wrong.", "Distance from the nearest centre, as a multiple of the median member’s.",
    ),
    "weakest": Term(
        _COUNT, "Weakest segment", "How much of the least stable segment is found again when the model is fitted anew.",
        "From 0.75 on a segment is stable enough to act on; under 0.60 its number of segments is left out.",
        "The smallest stability over the segments of a version, over 50 refits.",
    ),
    "inertia": Term(
        _COUNT, "Spread left", "How far people are from the centre of their segment.",
        "It always falls with more segments; a knee says that further ones bring less.",
        "Sum of squared distances to the centre (inertia).",
    ),
    "davies_bouldin": Term(
        _COUNT, "Davies-Bouldin", "How alike a segment and its closest neighbour are.",
        "Lower is better, and only the order counts.", "Mean over the segments of spread against distance, worst pair.",
    ),
    "calinski_harabasz": Term(
        _COUNT, "Calinski-Harabasz", "Differences between segments against those inside.",
        "Higher is better, and only the order counts.", "Variance between over variance within segments.",
    ),
    "gap": Term(
        _COUNT, "Gap", "How much tighter segments are than those of customers spread evenly.",
        "The first number that more segments do not beat by more than its error counts.",
        "Tibshirani's gap statistic with 20 references.",
    ),
    "prediction_strength": Term(
        _COUNT, "Repeats", "How well the segments repeat in customers left out.",
        "The largest number of segments with 0.80 counts.",
        "Share of pairs of the worst segment that stay together, over 20 splits.",
    ),
    "smallest_share": Term(
        _COUNT, "Smallest", "Share of customers in the smallest segment.", "Under 5% it is small to act on.",
        "Its members divided by all customers.",
    ),
    "stand_in": Term(
        _COUNT, "Stand-in agrees", "How often the simple copy that labels new customers says what the algorithm said.",
        "Where it is low, new customers may land elsewhere than old ones like them.",
        "Share of the customers with the same segment by both; only where the algorithm cannot label new ones.",
    ),
    "rfm_score": Term(
        _RFM, "RFM score", "Where a customer stands in recency, frequency and spending, each from 1 to 5.",
        "5 is best; with many equal values fewer scores remain.", "Fifths of the customers, recency reversed.",
    ),
    "rfm_group": Term(
        _RFM, "RFM group", "One of eleven familiar kinds of buyers, from champions to lost.",
        "The names and their plays are what is usual, not found in your data.",
        "From the cell of the grid: recency against the mean of frequency and spending, halves rounded up.",
    ),
    "people": Term(
        _PLAYS, "People", "How many customers the play is for.",
        "A test on some of them costs less and says whether it works.",
        "All members of the segment, unless you type another number.",
    ),
    "reach": Term(
        _PLAYS, "Reach", "How many of them you may and can contact.", "Consent is not attention.",
        "The share with consent in the data, unless you type another.",
    ),
    "response": Term(
        _PLAYS, "Response", "How many of those reached do what the play asks.",
        "It is your guess: take what earlier campaigns brought, not what you hope for.",
        "Typed by you; nothing in the data tells it.",
    ),
    "response_value": Term(
        _PLAYS, "Value of a response", "What one response brings, before costs of goods.",
        "What a member spent so far is no promise of what one response brings.", "Typed by you, in your currency.",
    ),
    "margin": Term(
        _PLAYS, "Margin", "What is left of a sale after what the goods cost.",
        "A discount in the offer makes it smaller.", "Typed by you, as a share of the value of a response.",
    ),
    "contact_cost": Term(
        _PLAYS, "Cost of a contact", "What it costs to reach one person, whether they respond or not.",
        "Count what everyone gets, such as a voucher, not only postage.", "Typed by you, per person reached.",
    ),
    "fixed_costs": Term(
        _PLAYS, "Fixed costs", "What the play costs however many it reaches.", "Your own hours are costs, too.",
        "Typed by you; 0 if there are none.",
    ),
    "expected_gain": Term(
        _PLAYS, "Expected gain", "What the play leaves after all its costs, if your assumptions hold.",
        "Some would have bought anyway: only customers left out can tell how many.",
        "People × reach × (response × value × margin − cost) − fixed costs.",
    ),
    "break_even": Term(
        _PLAYS, "Pays from", "The response at which a play costs nothing.",
        "It rests on your assumptions; it is no forecast.",
        "(reached × cost + fixed) / (reached × value × margin).",
    ),
    "risk": Term(
        _PLAYS, "Risk", "What speaks against a play, in one word.",
        "Low does not mean that it works: leave some out to know.",
        "High where the gate is closed, medium where reach, border or the kind of play speaks against it, else low.",
    ),
    "stay": Term(
        _VERSIONS, "Stay", "Customers in segments that are the same in both versions.",
        "Both versions label the same customers at the same day.",
        "Segments known as one, or with half of all members in common.",
    ),
    "agreement": Term(
        _VERSIONS, "Agreement", "How far two versions put the same people together.",
        "0 is what two divisions without anything in common reach by chance.",
        "The adjusted Rand index over all pairs of customers: 1 is the same division.",
    ),
}  # fmt: skip


def groups() -> dict[str, dict[str, Term]]:
    """The terms by group, in the order they are told.

    >>> list(groups())[0], list(groups()["Versions"])
    ('Segments', ['stay', 'agreement'])
    """
    found: dict[str, dict[str, Term]] = {}
    for key, term in TERMS.items():
        found.setdefault(term.group, {})[key] = term
    return found

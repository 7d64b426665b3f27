"""The six kinds of people of the sample loyalty club, as figures to draw from."""

from dataclasses import dataclass

CATEGORIES = ("groceries", "fashion", "beauty", "home", "electronics", "children")
CHANNELS = ("web", "store", "catalogue", "deal")
EDUCATION = ("Basic", "Secondary", "Bachelor", "Master", "Doctorate")
MARITAL = ("Single", "Together", "Married", "Divorced", "Widowed")
REGIONS = ("North", "South", "East", "West", "Islands")


@dataclass(frozen=True)
class Persona:
    """One latent kind of customer; every tuple follows the order of the names above.

    ``age`` is a mean in years, ``female`` a chance, ``children`` the mean number at home; ``income`` (a year),
    ``tenure_years``, ``recency_days`` and ``spend`` (24 months, per category) are medians; ``visits`` (a month)
    and ``purchases`` (invoices per channel) are means; ``campaigns`` holds the chance to accept each of the
    five campaigns and the last one. Weights of levels need not sum to 1.
    """

    name: str
    share: float
    age: float
    age_sd: float
    female: float
    education: tuple[float, ...]
    marital: tuple[float, ...]
    children: float
    region: tuple[float, ...]
    income: float
    tenure_years: float
    recency_days: float
    visits: float
    spend: tuple[float, ...]
    purchases: tuple[float, ...]
    campaigns: tuple[float, ...]


PERSONAS = (
    Persona(
        "Busy families", share=0.25, age=39, age_sd=7, female=0.58,
        education=(1, 4, 4, 2, 0.3), marital=(0.5, 3, 6, 1, 0.1), children=1.7, region=(3, 3, 2, 2, 0.5),
        income=46_000, tenure_years=4.5, recency_days=12, visits=5,
        spend=(2400, 330, 110, 260, 150, 1600), purchases=(6, 24, 1, 7),
        campaigns=(0.35, 0.07, 0.06, 0.06, 0.05, 0.12),
    ),
    Persona(
        "Bargain hunters", share=0.20, age=47, age_sd=12, female=0.55,
        education=(4, 5, 1.5, 0.5, 0.1), marital=(2, 2, 3, 3, 0.5), children=0.8, region=(2, 2, 4, 1, 1),
        income=22_500, tenure_years=3, recency_days=32, visits=9,
        spend=(240, 38, 16, 36, 26, 22), purchases=(2.5, 5, 0.3, 12),
        campaigns=(0.06, 0.31, 0.05, 0.04, 0.06, 0.09),
    ),
    Persona(
        "Homely regulars", share=0.18, age=67, age_sd=8, female=0.60,
        education=(3, 5, 2, 1, 0.3), marital=(0.5, 0.7, 6, 1, 4), children=0.2, region=(2, 2, 1, 4, 1),
        income=33_000, tenure_years=11, recency_days=28, visits=1.2,
        spend=(1100, 95, 60, 1000, 24, 20), purchases=(0.7, 15, 11, 1.1),
        campaigns=(0.05, 0.06, 0.35, 0.06, 0.05, 0.15),
    ),
    Persona(
        "Young trendsetters", share=0.15, age=26, age_sd=5, female=0.66,
        education=(0.5, 3, 5, 2, 0.1), marital=(7, 3, 1, 0.2, 0.05), children=0.2, region=(4, 2, 1, 1, 0.3),
        income=27_500, tenure_years=1.3, recency_days=20, visits=11,
        spend=(70, 1100, 500, 40, 360, 9), purchases=(16, 3.5, 0.2, 2.5),
        campaigns=(0.05, 0.06, 0.05, 0.35, 0.06, 0.26),
    ),
    Persona(
        "Affluent connoisseurs", share=0.12, age=54, age_sd=9, female=0.45,
        education=(0.2, 1, 3, 5, 3), marital=(1, 2, 6, 1, 0.5), children=0.4, region=(2, 4, 1, 2, 1),
        income=92_000, tenure_years=7, recency_days=18, visits=2.5,
        spend=(3600, 2600, 900, 2900, 2100, 60), purchases=(11, 17, 10, 0.5),
        campaigns=(0.08, 0.05, 0.14, 0.14, 0.46, 0.42),
    ),
    Persona(
        "Drifted away", share=0.10, age=43, age_sd=13, female=0.50,
        education=(1, 3, 3, 2, 0.3), marital=(3, 3, 4, 2, 0.4), children=0.5, region=(2, 2, 2, 2, 2),
        income=38_000, tenure_years=6, recency_days=330, visits=0.5,
        spend=(34, 26, 8, 15, 32, 9), purchases=(1.0, 1.6, 0.3, 0.3),
        campaigns=(0.02, 0.02, 0.02, 0.02, 0.02, 0.02),
    ),
)  # fmt: skip

"""What the training tests share: customers in three groups, and short ways to train and to look."""

import pandas as pd
from sqlalchemy import select
from unit.test_pipeline import generated

from db.models import Assignment, Segment, SegmentIdentity
from segmentation.services.training import TrainOptions

N = 400


def customers(n: int = N) -> pd.DataFrame:
    """Three groups, with gaps, skew, a category and a date."""
    _, frame = generated(n)
    return frame.rename(columns={"spend": "spend_food", "joined": "joined_on"}).drop(columns="member")


def train(training, slug="shop", **options):
    """Train three segments; what is not about the checks leaves them out, as they take most of the time."""
    return training.train(slug, TrainOptions(**{"k": 3, "validate": False, **options}), by="ana")


def labels(database, run: int) -> dict[int, str]:
    with database.reading() as session:
        found = session.execute(
            select(Assignment.customer_id, SegmentIdentity.slug)
            .join(Segment, Segment.id == Assignment.segment_id)
            .join(SegmentIdentity, SegmentIdentity.id == Segment.identity_id)
            .where(Assignment.scoring_run_id == run)
        )
        return dict(found.all())


def one(database, statement):
    with database.reading() as session:
        return session.scalar(statement)


def rows(database, statement):
    with database.reading() as session:
        return session.execute(statement).all()

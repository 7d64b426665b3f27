"""Named selects on campaigns and the people in them."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from db.models import Campaign, CampaignMember


def campaigns_of(session: Session, dataset_id: int) -> Sequence[Campaign]:
    """Every campaign of a dataset, the newest first."""
    mine = select(Campaign).where(Campaign.dataset_id == dataset_id)
    return session.scalars(mine.order_by(Campaign.id.desc())).all()


def campaign_of(session: Session, dataset_id: int, campaign_id: int, *, lock: bool = False) -> Campaign | None:
    """One campaign of a dataset; with `lock` nobody else may change it until the transaction ends."""
    mine = select(Campaign).where(Campaign.dataset_id == dataset_id, Campaign.id == campaign_id)
    return session.scalar(mine.with_for_update() if lock else mine)


def campaigns_of_identity(session: Session, identity_id: int) -> Sequence[Campaign]:
    """The campaigns of a segment's play, the newest first."""
    return session.scalars(
        select(Campaign).where(Campaign.identity_id == identity_id).order_by(Campaign.id.desc())
    ).all()


def move_campaigns(session: Session, from_id: int, to_id: int) -> None:
    """The campaigns of one identity are another's from now on."""
    session.execute(update(Campaign).where(Campaign.identity_id == from_id).values(identity_id=to_id))


def members_held(session: Session, campaign_id: int) -> dict[int, bool]:
    """Whether each person of a campaign is held out, by customer_id in order."""
    rows = session.execute(
        select(CampaignMember.customer_id, CampaignMember.held)
        .where(CampaignMember.campaign_id == campaign_id)
        .order_by(CampaignMember.customer_id)
    )
    return {row.customer_id: row.held for row in rows}


def member_keys(session: Session, campaign_id: int, customers: sa.Table) -> Sequence[sa.Row[Any]]:
    """(customer_key, held) of the people of a campaign who are still in the store."""
    return session.execute(
        select(customers.c.customer_key, CampaignMember.held)
        .join(CampaignMember, CampaignMember.customer_id == customers.c.customer_id)
        .where(CampaignMember.campaign_id == campaign_id)
    ).all()


def sides(session: Session, campaign_id: int) -> tuple[int, int]:
    """How many people of a campaign are treated, and how many held out."""
    rows = session.execute(
        select(CampaignMember.held, func.count())
        .where(CampaignMember.campaign_id == campaign_id)
        .group_by(CampaignMember.held)
    )
    counts = {row[0]: row[1] for row in rows}
    return counts.get(False, 0), counts.get(True, 0)


def forget_members(session: Session, dataset_id: int, ids: sa.Select[tuple[int]]) -> None:
    """Customers who are about to be removed leave every campaign of their dataset."""
    mine = select(Campaign.id).where(Campaign.dataset_id == dataset_id)
    session.execute(
        delete(CampaignMember).where(CampaignMember.campaign_id.in_(mine), CampaignMember.customer_id.in_(ids)),
        execution_options={"synchronize_session": False},
    )

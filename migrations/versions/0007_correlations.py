"""how far the attributes of a dataset go together"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "correlation",
        sa.Column("dataset_id", sa.Integer(), nullable=False),
        sa.Column("first", sa.String(), nullable=False),
        sa.Column("second", sa.String(), nullable=False),
        sa.Column("measure", sa.String(), nullable=False),
        sa.Column("value", sa.Double(), nullable=False),
        sa.Column("rank_value", sa.Double(), nullable=True),
        sa.Column("strength", sa.Double(), nullable=False),
        sa.Column("customers", sa.Integer(), nullable=False),
        sa.CheckConstraint("strength BETWEEN 0 AND 1", name=op.f("ck_correlation_strength_is_a_share")),
        sa.ForeignKeyConstraint(
            ["dataset_id"], ["dataset.id"], name=op.f("fk_correlation_dataset_id_dataset"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("dataset_id", "first", "second", name=op.f("pk_correlation")),
    )
    op.create_index("ix_correlation_strength", "correlation", ["dataset_id", "strength"])


def downgrade() -> None:
    op.drop_table("correlation")

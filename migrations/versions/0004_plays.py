"""plays in full, with their history"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

TEXTS = ("message", "channel", "offer", "kpi", "avoid")


def upgrade() -> None:
    with op.batch_alter_table("strategy") as batch_op:
        for name in TEXTS:
            batch_op.add_column(sa.Column(name, sa.Text(), server_default=sa.text("''"), nullable=False))
        batch_op.add_column(sa.Column("budget", sa.Double(), nullable=True))
        batch_op.add_column(sa.Column("risk", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("due", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("assumptions", sa.JSON(), nullable=True))
        batch_op.add_column(sa.Column("reasons", sa.JSON(), nullable=True))
        batch_op.add_column(sa.Column("revision", sa.Integer(), server_default="1", nullable=False))
        batch_op.create_check_constraint(op.f("ck_strategy_known_risk"), "risk IN ('low', 'medium', 'high')")
        batch_op.create_check_constraint(op.f("ck_strategy_budget_is_no_debt"), "budget >= 0")
    op.create_table(
        "strategy_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("identity_id", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("after", sa.JSON(), nullable=True),
        sa.ForeignKeyConstraint(
            ["identity_id"],
            ["segment_identity.id"],
            name=op.f("fk_strategy_change_identity_id_segment_identity"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_strategy_change")),
    )
    op.create_index(op.f("ix_strategy_change_identity_id"), "strategy_change", ["identity_id"])


def downgrade() -> None:
    op.drop_table("strategy_change")
    with op.batch_alter_table("strategy") as batch_op:
        batch_op.drop_constraint(op.f("ck_strategy_budget_is_no_debt"), type_="check")
        batch_op.drop_constraint(op.f("ck_strategy_known_risk"), type_="check")
        for name in ("revision", "reasons", "assumptions", "due", "risk", "budget", *reversed(TEXTS)):
            batch_op.drop_column(name)

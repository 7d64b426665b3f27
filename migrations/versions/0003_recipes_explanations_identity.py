"""saved recipes, explanations, the story of segments across versions, plays, unusual customers"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "strategy",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("identity_id", sa.Integer(), nullable=False),
        sa.Column("objective", sa.Text(), nullable=False),
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by", sa.String(), nullable=False),
        sa.CheckConstraint("status IN ('draft', 'planned', 'running', 'ended')", name=op.f("ck_strategy_known_status")),
        sa.ForeignKeyConstraint(
            ["identity_id"],
            ["segment_identity.id"],
            name=op.f("fk_strategy_identity_id_segment_identity"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_strategy")),
        sa.UniqueConstraint("identity_id", name=op.f("uq_strategy_identity_id")),
    )
    op.add_column("recipe", sa.Column("label", sa.String(), nullable=True))
    op.add_column("recipe", sa.Column("description", sa.Text(), nullable=True))
    op.add_column("recipe", sa.Column("written", sa.JSON(), nullable=True))
    op.add_column("recipe", sa.Column("hidden_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("model_version", sa.Column("note", sa.Text(), nullable=True))
    op.add_column("model_version", sa.Column("explanation", sa.JSON(), nullable=True))
    op.add_column("model_version", sa.Column("story", sa.JSON(), nullable=True))
    op.add_column("scoring_run", sa.Column("unusual", sa.JSON(), nullable=True))
    with op.batch_alter_table("segment_identity") as batch_op:
        batch_op.add_column(sa.Column("same_as_id", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(
            op.f("fk_segment_identity_same_as_id_segment_identity"), "segment_identity", ["same_as_id"], ["id"]
        )
        batch_op.drop_constraint(op.f("ck_segment_identity_colour_of_the_palette"), type_="check")
        batch_op.create_check_constraint(op.f("ck_segment_identity_colour_of_the_palette"), "colour BETWEEN 0 AND 10")


def downgrade() -> None:
    with op.batch_alter_table("segment_identity") as batch_op:
        batch_op.drop_constraint(op.f("ck_segment_identity_colour_of_the_palette"), type_="check")
        batch_op.create_check_constraint(op.f("ck_segment_identity_colour_of_the_palette"), "colour BETWEEN 1 AND 10")
        batch_op.drop_constraint(op.f("fk_segment_identity_same_as_id_segment_identity"), type_="foreignkey")
        batch_op.drop_column("same_as_id")
    op.drop_column("scoring_run", "unusual")
    with op.batch_alter_table("model_version") as batch_op:
        batch_op.drop_column("story")
        batch_op.drop_column("explanation")
        batch_op.drop_column("note")
    with op.batch_alter_table("recipe") as batch_op:
        batch_op.drop_column("hidden_at")
        batch_op.drop_column("written")
        batch_op.drop_column("description")
        batch_op.drop_column("label")
    op.drop_table("strategy")

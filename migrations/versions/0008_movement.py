"""who went where between two runs, counted when the later one is stored"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("scoring_run") as batch:
        batch.add_column(sa.Column("moves", sa.JSON(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("scoring_run") as batch:
        batch.drop_column("moves")

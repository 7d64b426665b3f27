"""undo of imports, transactions, remembered formats of files"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "file_format",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("dataset_id", sa.Integer(), nullable=False),
        sa.Column("signature", sa.String(), nullable=False),
        sa.Column("choices", sa.JSON(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["dataset_id"], ["dataset.id"], name=op.f("fk_file_format_dataset_id_dataset"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_file_format")),
        sa.UniqueConstraint("dataset_id", "signature", name=op.f("uq_file_format_dataset_id")),
    )
    op.add_column("attribute", sa.Column("computed", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("attribute", sa.Column("import_batch_id", sa.Integer(), nullable=True))
    op.add_column("import_batch", sa.Column("depends_on", sa.JSON(), nullable=True))
    op.add_column("import_batch", sa.Column("facts", sa.JSON(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("import_batch") as batch_op:
        batch_op.drop_column("facts")
        batch_op.drop_column("depends_on")
    with op.batch_alter_table("attribute") as batch_op:
        batch_op.drop_column("import_batch_id")
        batch_op.drop_column("computed")
    op.drop_table("file_format")

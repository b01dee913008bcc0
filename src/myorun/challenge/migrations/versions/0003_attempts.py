"""How often something was tried."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "attempts",
        sa.Column("key", sa.LargeBinary(length=32), nullable=False),
        sa.Column("empty_at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_attempts")),
    )
    op.create_index(op.f("ix_attempts_empty_at"), "attempts", ["empty_at"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_attempts_empty_at"), table_name="attempts")
    op.drop_table("attempts")

"""How far the stream of predictions has been compared with the training data."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "drift_states",
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("position", sa.LargeBinary(16), nullable=False),
        sa.Column("state", sa.Text, nullable=False),
    )

"""What was said of an answer has its source with it too, so that it is counted by source."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add the source, and fill it in."""
    op.add_column(
        "feedback", sa.Column("source", sa.SmallInteger, nullable=False, server_default="0")
    )
    op.execute(
        "UPDATE feedback SET source = predictions.source "
        "FROM predictions WHERE predictions.id = feedback.id"
    )

"""What was said of an answer has the answer with it, so that it is counted without the rest."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the model and the answer, and fill them in."""
    op.add_column(
        "feedback", sa.Column("served_id", sa.Integer, nullable=False, server_default="0")
    )
    op.add_column("feedback", sa.Column("answer", sa.Text, nullable=False, server_default=""))
    op.execute(
        "UPDATE feedback SET served_id = predictions.served_id, answer = predictions.answer "
        "FROM predictions WHERE predictions.id = feedback.id"
    )

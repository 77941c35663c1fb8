"""Predictions, the models that gave them, what was said of them, and tallies of them all."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the four tables."""
    op.create_table(
        "served",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("version", sa.Text, nullable=False),
        sa.Column("hash", sa.Text, nullable=False),
        sa.Column("engine", sa.Text, nullable=False),
        sa.UniqueConstraint("name", "version", "hash", "engine", name="served_once"),
    )
    op.create_table(
        "predictions",
        sa.Column("id", sa.LargeBinary(16), primary_key=True),
        sa.Column("served_id", sa.Integer, nullable=False),
        sa.Column("source", sa.SmallInteger, nullable=False),
        sa.Column("features", sa.Text, nullable=False),
        sa.Column("answer", sa.Text, nullable=False),
        sa.Column("outputs", sa.Text, nullable=False),
        sa.Column("microseconds", sa.BigInteger, nullable=False),
        sa.Column("plausibility", sa.Float),
    )
    op.create_table(
        "feedback",
        sa.Column(
            "id",
            sa.LargeBinary(16),
            sa.ForeignKey("predictions.id", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("is_right", sa.Boolean, nullable=False),
        sa.Column("truth", sa.Text),
        sa.Column("milliseconds", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "tallies",
        sa.Column("period", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("at", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("measure", sa.Text, primary_key=True),
        sa.Column("served_id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("source", sa.SmallInteger, primary_key=True, autoincrement=False),
        sa.Column("answer", sa.Text, primary_key=True),
        sa.Column("bin", sa.SmallInteger, primary_key=True, autoincrement=False),
        sa.Column("n", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )

"""The tables, as the newest revision in ``migrations`` leaves them.

A prediction's id is its only time. Rows point at the model that answered; such a row is never
removed, so nothing has to be checked when a prediction comes in.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
)

METADATA = MetaData()

SERVED = Table(
    "served",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("name", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("hash", Text, nullable=False),
    Column("engine", Text, nullable=False),
    UniqueConstraint("name", "version", "hash", "engine", name="served_once"),
)

PREDICTIONS = Table(
    "predictions",
    METADATA,
    Column("id", LargeBinary(16), primary_key=True),
    Column("served_id", Integer, nullable=False),
    Column("source", SmallInteger, nullable=False),
    Column("features", Text, nullable=False),
    Column("answer", Text, nullable=False),
    Column("outputs", Text, nullable=False),
    Column("microseconds", BigInteger, nullable=False),
    Column("plausibility", Float),
)

FEEDBACK = Table(
    "feedback",
    METADATA,
    Column(
        "id", LargeBinary(16), ForeignKey("predictions.id", ondelete="CASCADE"), primary_key=True
    ),
    Column("is_right", Boolean, nullable=False),
    Column("truth", Text),
    Column("milliseconds", BigInteger, nullable=False),
    # Of the prediction, once more: among a million rows those with feedback are far apart.
    Column("served_id", Integer, nullable=False, server_default="0"),
    Column("answer", Text, nullable=False, server_default=""),
    Column("source", SmallInteger, nullable=False, server_default="0"),
)

# Of an error served_id and source are 0. The key begins with what every question names.
TALLIES = Table(
    "tallies",
    METADATA,
    Column("period", Integer, primary_key=True, autoincrement=False),
    Column("at", BigInteger, primary_key=True, autoincrement=False),
    Column("measure", Text, primary_key=True),
    Column("served_id", Integer, primary_key=True, autoincrement=False),
    Column("source", SmallInteger, primary_key=True, autoincrement=False),
    Column("answer", Text, primary_key=True),
    Column("bin", SmallInteger, primary_key=True, autoincrement=False),
    Column("n", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

DRIFT_STATES = Table(
    "drift_states",
    METADATA,
    Column("key", Text, primary_key=True),
    Column("position", LargeBinary(16), nullable=False),
    Column("state", Text, nullable=False),
)

"""How the tables came to be what they are, and the way from any older state to the newest."""

from sqlalchemy import Connection, Engine, inspect, text

from store.errors import SchemaTooNew
from store.prediction_log.database import alone, reading
from store.prediction_log.tables import METADATA

NEWEST = "0004"  # a test holds it to ``versions``
VERSION_TABLE = """\
CREATE TABLE alembic_version (
    version_num VARCHAR(32) NOT NULL, CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
)"""  # as Alembic makes it


def upgrade(engine: Engine, to: str = NEWEST) -> str:
    """Bring the tables to a revision, the newest, with what is in them; gives its name.

    Several processes may do so at once: one does the work, the others wait for it. Where there is
    nothing to do, that is found without waiting for anybody.

    Raises:
        DatabaseAway: Nothing was changed.
        SchemaTooNew: A newer version of this program has written it; nothing was changed.
    """
    with reading(engine) as connection:
        found = revision(connection)
    if found is None and to == NEWEST:
        with alone(engine) as connection:
            found = revision(connection)  # perhaps another process has just made them
            if found is None:
                _create(connection)
                return to
    if found != to:
        _migrate(engine, to)
    return to


def _create(connection: Connection) -> None:
    """All tables as they are now, at once. A test holds that to what the revisions leave."""
    METADATA.create_all(connection)
    connection.execute(text(VERSION_TABLE))
    connection.execute(text("INSERT INTO alembic_version VALUES (:newest)"), {"newest": NEWEST})


def _migrate(engine: Engine, to: str) -> None:
    """Revision by revision, from where the tables are."""
    from alembic import command  # it takes 9 MB, which only a change of the tables is worth
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", "store.prediction_log:migrations")
    config.set_main_option("path_separator", "os")
    known = [one.revision for one in ScriptDirectory.from_config(config).walk_revisions()]
    with alone(engine) as connection:
        _refuse_newer(revision(connection), known)
        config.attributes["connection"] = connection
        command.upgrade(config, to)


def revision(connection: Connection) -> str | None:
    """The revision of the tables; None where there are none."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return found


def _refuse_newer(found: str | None, known: list[str]) -> None:
    if found is not None and found not in known:
        raise SchemaTooNew(
            f"The prediction log has the tables of a newer version of this program, revision "
            f"{found}; this one knows those up to {known[0]}. Deploy the newer version again, or "
            f"set DATABASE_URL to another database."
        )

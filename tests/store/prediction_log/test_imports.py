"""What nobody needs is not loaded: it would be in the memory of every process."""

import subprocess
import sys
from pathlib import Path


def loaded(program: str, root: Path) -> set[str]:
    """The top-level modules that a new Python has after a program."""
    program += "; import sys; print(*{name.partition('.')[0] for name in sys.modules})"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=root, capture_output=True, text=True, check=True
    )
    return set(done.stdout.split())


def test_the_contract_needs_no_database(root: Path) -> None:
    found = loaded("import store.schema, store.releases, store.errors", root)

    assert found & {"sqlalchemy", "alembic", "psycopg", "sqlite3"} == set()


def test_sqlite_needs_nothing_of_postgresql_and_no_migrations(root: Path, tmp_path: Path) -> None:
    found = loaded(
        "from store.prediction_log import database, forgetting, reading, writing; "
        f"database.open_database('sqlite:///{tmp_path}/log.db')",
        root,
    )

    assert "sqlalchemy" in found
    assert found & {"alembic", "psycopg", "asyncpg"} == set()

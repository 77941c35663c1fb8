"""Verbs of the prediction log: ``python -m dashboard.prediction_log <verb>``.

The database is that of ``DATABASE_URL``. Exit codes: 0 done; 2 what was given cannot be used;
1 the database failed.
"""

import sys
from typing import TextIO

import click

from dashboard.prediction_log import leftovers
from dashboard.settings import Settings
from store.errors import CellarError, InputError
from store.prediction_log import forgetting, migrations
from store.prediction_log.database import Engine, open_database
from store.prediction_log.ids import id_bytes


@click.group()
def cli() -> None:
    """Look after the database that keeps predictions."""


@cli.command()
def migrate() -> None:
    """Make the tables, or bring those of an older version up to date with what is in them."""
    if not Settings.from_environment().log_predictions:
        click.echo("LOG_PREDICTIONS is off: there is nothing to migrate.")
        return
    click.echo(f"The prediction log is at revision {migrations.upgrade(_engine())}.")


@cli.command()
@click.argument("id")
def forget(id: str) -> None:
    """Remove the prediction with this ID, its feedback and what it counts in the tallies."""
    try:
        wanted = id_bytes(id)
    except ValueError:
        raise InputError(f"{id!r} is no id of a prediction.") from None
    if not forgetting.forget(_engine(), wanted):
        raise InputError(f"There is no prediction {id}.")
    click.echo(f"Prediction {id} is forgotten.")


@cli.command()
@click.argument("file", type=click.File(encoding="utf-8", errors="replace"))
def replay(file: TextIO) -> None:
    """Keep the predictions that a server left in its log when it ended, each once.

    FILE is that log, or - for standard input; its other lines are passed over.
    """
    found, new = leftovers.replay(_engine(), file)
    click.echo(f"{found:,} predictions are in the file; {new:,} of them were not kept before.")


def _engine() -> Engine:
    return open_database(Settings.from_environment().log_url)


def main() -> int:
    """Run a verb; a failure is one line."""
    try:
        cli()
    except (CellarError, ValueError) as error:
        click.echo(error, err=True)
        return 1 if isinstance(error, CellarError) and not isinstance(error, InputError) else 2
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""What the verbs share: how failures end, and the options that several of them take."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from pipeline import REPOSITORY
from store.artifacts import KEY, ArtifactStore, open_store
from store.errors import CellarError, InputError

PROGRAM = "python -m pipeline"
F = TypeVar("F", bound=Callable[..., Any])


class Verbs(click.Group):
    """Verbs whose failures become one calm line and an exit code; ``--debug`` lets them through."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit):
            raise
        except (Exception, KeyboardInterrupt) as error:
            if ctx.params["debug"]:
                raise
            code, text = explain(error, verb=ctx.invoked_subcommand or "")
            click.echo(f"Error: {text}", err=True)
            ctx.exit(code)


def explain(error: BaseException, *, verb: str) -> tuple[int, str]:
    """The exit code of a failure, and what to say about it."""
    match error:
        case InputError():
            return 2, str(error)
        case CellarError():
            return 1, str(error)
        case KeyboardInterrupt():
            return 130, "Stopped. What is live stayed as it was."
        case ModuleNotFoundError():
            how = "Run: pip install -r requirements-pipeline.txt"
            return 1, f"The package {error.name} is not installed. {how}"
    said = (str(error).strip() or "no text").splitlines()[0]
    how = f"To see where, run: {PROGRAM} --debug {verb} ..."
    return 1, f"{type(error).__name__}: {said}\nThis is a fault of the program. {how}"


def artifacts(verb: F) -> F:
    """Give a verb ``--artifacts``; it receives ``store``."""

    def opened(_ctx: click.Context, _option: click.Parameter, url: str | None) -> ArtifactStore:
        return open_store(url or str(REPOSITORY / "data" / "artifacts"))

    return click.option(
        "--artifacts",
        "store",
        metavar="URL",
        envvar="ARTIFACTS_URL",
        callback=opened,
        help="A folder or s3://bucket/prefix. Default: $ARTIFACTS_URL or data/artifacts.",
    )(verb)


def spark(verb: F) -> F:
    """Give a verb ``--master`` and ``--conf``; it receives ``master`` and ``settings``."""

    def parsed(_c: click.Context, _o: click.Parameter, pairs: tuple[str, ...]) -> dict[str, str]:
        for pair in pairs:
            if "=" not in pair:
                raise click.BadParameter(f'"{pair}" is not KEY=VALUE.')
        return dict(pair.split("=", maxsplit=1) for pair in pairs)

    verb = click.option(
        "--conf",
        "settings",
        metavar="K=V",
        multiple=True,
        callback=parsed,
        help="A Spark property, such as spark.driver.memory=4g. May be given several times.",
    )(verb)
    return click.option(
        "--master", default="local[*]", show_default=True, help="Where Spark runs."
    )(verb)


def descriptor_option(verb: F) -> F:
    """Give a verb ``--descriptor``."""
    return click.option(
        "--descriptor",
        metavar="FILE",
        type=click.Path(path_type=Path),
        help="The TOML file that describes the table.",
    )(verb)


def key_option(*names: str, help: str) -> Callable[[F], F]:
    """Give a verb an option that takes a key of the store."""
    return click.option(*names, metavar="KEY", help=help, callback=checked_key)


def checked_key(_ctx: click.Context, _option: click.Parameter, key: str | None) -> str | None:
    """The key, or None. Raises BadParameter where no store could have it."""
    if key is not None and not KEY.fullmatch(key):
        raise click.BadParameter(f'"{key}" is no key of a store; see: {PROGRAM} list')
    return key

"""What the verbs share: how failures end, and the options that several of them take."""

import functools
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar, cast

import click
from pydantic import ValidationError

from pipeline import REPOSITORY
from store.artifacts import KEY, ArtifactStore, open_store
from store.descriptor import TextFormat
from store.errors import CellarError, InputError
from store.signature import KeyPair, key_pair

PROGRAM = "python -m pipeline"
AGES = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}
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


def signing(verb: F) -> F:
    """Give a verb ``--key``; it receives ``key``, None where nothing is to be signed."""
    return _private_key(required=False)(verb)


def signing_key(verb: F) -> F:
    """As ``signing``, of a verb that does nothing else."""
    return _private_key(required=True)(verb)


def _private_key(*, required: bool) -> Callable[[F], F]:
    def read(_ctx: click.Context, _option: click.Parameter, file: Path | None) -> KeyPair | None:
        if file is None:
            return None
        try:
            return key_pair(file.read_bytes())
        except OSError as error:
            raise InputError(f"{file} cannot be read: {error.strerror}.") from error
        except InputError as error:
            raise InputError(f"{file}: {error}") from error

    return click.option(
        "--key",
        metavar="FILE",
        type=click.Path(path_type=Path),
        envvar="MODEL_PRIVATE_KEY_FILE",
        required=required,
        callback=read,
        help="The private key to sign with. Default: $MODEL_PRIVATE_KEY_FILE.",
    )


def checked_age(_ctx: click.Context, _option: click.Parameter, text: str) -> timedelta:
    """A span such as 90m, 2h or 7d, or 0. Raises BadParameter."""
    if text.strip() == "0":
        return timedelta()
    number, unit = text.strip()[:-1], text.strip()[-1:]
    if not (number.isdecimal() and number.isascii() and unit in AGES and len(number) < 6):
        raise click.BadParameter(f'"{text}" is no span of time; write 90m, 2h, 7d or 0.')
    return int(number) * AGES[unit]


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


def how(verb: F) -> F:
    """Give a verb ``--engine``, ``--master`` and ``--conf``; it receives ``way``."""
    return _with_way(verb, default="spark")


def how_without_spark(verb: F) -> F:
    """The same where Spark has to be asked for."""
    return _with_way(verb, default="local")


def _with_way(verb: F, *, default: str) -> F:

    @functools.wraps(verb)
    def called(
        *args: Any, engine: Any, master: str, settings: dict[str, str], **kwargs: Any
    ) -> Any:
        from pipeline.job_run import Way

        return verb(*args, way=Way(engine, master, settings), **kwargs)

    option = click.option(
        "--engine",
        type=click.Choice(["spark", "dataframe", "local"]),
        default=default,
        show_default=True,
        help="Spark's tasks with arrays; Spark's own operators; or the same arrays without Spark.",
    )
    return cast(F, option(spark(called)))


def log_options(verb: F) -> F:
    """Give a verb what selects predictions of the log; it receives ``wanted``."""

    @functools.wraps(verb)
    def called(
        *args: Any,
        model: str | None,
        version: str | None,
        since: datetime | None,
        until: datetime | None,
        sources: tuple[str, ...],
        **kwargs: Any,
    ) -> Any:
        from pipeline.prediction_log.selection import Wanted
        from store.prediction_log.entry import Source

        chosen = tuple(Source[name.upper()] for name in dict.fromkeys(sources))
        return verb(*args, wanted=Wanted(model, version, since, until, chosen), **kwargs)

    when = functools.partial(click.option, metavar="WHEN", callback=checked_moment)
    for option in (
        click.option(
            "--source",
            "sources",
            type=click.Choice(["page", "api", "batch"]),
            multiple=True,
            help="Only what was asked there. May be given several times.",
        ),
        when("--until", help="Only what was answered before; written as --since."),
        when("--since", help="Only answers since 2026-11-29, 2026-11-29T12:00 (UTC), 2h or 7d."),
        click.option("--version", metavar="ID", help="Only what this version answered."),
        click.option("--model", metavar="NAME", help="Only what this model answered."),
    ):
        called = option(called)
    return cast(F, called)


def checked_moment(
    _ctx: click.Context, _option: click.Parameter, text: str | None
) -> datetime | None:
    """A moment in UTC, or None. Raises BadParameter."""
    if text is None:
        return None
    from pipeline.prediction_log.selection import moment_of

    try:
        return moment_of(text, datetime.now(UTC))
    except (ValueError, OverflowError) as error:
        raise click.BadParameter(
            f'"{text}" is no moment; write 2026-11-29, 2026-11-29T12:00, 90m, 2h or 7d.'
        ) from error


def text_options(verb: F) -> F:
    """Give a verb what CSV needs to be told of; it receives ``text``, None if nothing was."""

    @functools.wraps(verb)
    def called(
        *args: Any, delimiter: str | None, quote: str | None, encoding: str | None, **kwargs: Any
    ) -> Any:
        header = False if kwargs.pop("no_header") else None
        told = {"delimiter": delimiter, "quote": quote, "encoding": encoding, "header": header}
        said = {name: value for name, value in told.items() if value is not None}
        return verb(*args, text=_text_format(said) if said else None, **kwargs)

    for option in (
        click.option("--delimiter", metavar="CHAR", help="Of CSV; found out unless given."),
        click.option("--quote", metavar="CHAR", help='Of CSV. Default: ".'),
        click.option("--encoding", metavar="NAME", help="Of CSV, such as latin-1. Default: utf-8."),
        click.option("--no-header", is_flag=True, help="The first line of CSV is a row already."),
    ):
        called = option(called)
    return cast(F, called)


def _text_format(said: dict[str, Any]) -> TextFormat:
    if said.get("delimiter") == "\\t":
        said["delimiter"] = "\t"
    try:
        return TextFormat(**said)
    except ValidationError as error:
        raise click.BadParameter(error.errors()[0]["msg"]) from error


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

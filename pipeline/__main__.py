"""The verbs of the offline half: ``python -m pipeline <verb>``. Each imports only what it needs.

Exit codes: 0 done; 2 what was given cannot be used; 1 the program, Spark or the store failed.
"""

from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from pipeline import REPOSITORY
from pipeline.command_line import (
    PROGRAM,
    Verbs,
    artifacts,
    checked_age,
    checked_key,
    descriptor_option,
    how,
    how_without_spark,
    key_option,
    log_options,
    signing,
    signing_key,
    spark,
    text_options,
)
from pipeline.job_run import Way
from store.artifacts import ArtifactStore
from store.descriptor import TextFormat
from store.errors import InputError
from store.signature import KeyPair

if TYPE_CHECKING:
    from pipeline.feedback import Saying
    from pipeline.prediction_log.selection import Wanted

Format = Literal["parquet", "csv"]
WINE = REPOSITORY / "data" / "wine.toml"


@click.group(cls=Verbs)
@click.option("--debug", is_flag=True, help="Show the traceback of a failure.")
def cli(debug: bool) -> None:
    """Profile a table with Spark, train a model on it, and publish both to the dashboard.

    \b
    Example: python -m pipeline run
    """


format_option = click.option(
    "--format",
    type=click.Choice(["parquet", "csv"]),
    default="parquet",
    show_default=True,
    help="How the rows are written.",
)
feedback_option = click.option(
    "--with-feedback", is_flag=True, help="Train on what people said of answers too."
)
name_option = click.option("--name", help="What the table is called in the store.")
group_option = click.option(
    "--group-by",
    metavar="COLUMN",
    multiple=True,
    help="Statistics for each value of this column too. May be given several times.",
)


@cli.command()
@descriptor_option
@feedback_option
@signing
@artifacts
@how
def run(
    descriptor: Path | None,
    with_feedback: bool,
    key: KeyPair | None,
    store: ArtifactStore,
    way: Way,
) -> None:
    """Profile, train and publish the table of a descriptor; the wine example by default.

    \b
    Example: python -m pipeline run --descriptor data/wine.toml
    """
    from pipeline.described import learnable
    from pipeline.progress import Steps
    from pipeline.report import print_summary
    from pipeline.steps import PUBLISH, Ask, make_model, make_profile, source_of
    from store.descriptor import read_descriptor
    from store.releases import insist_on_signed
    from store.releases import publish as release_both

    file = descriptor or WINE
    described = read_descriptor(file)
    learnable(described)

    def check_model() -> None:
        # Imported here, while Java starts, because scikit-learn takes as long to import.
        from pipeline.estimator import recipe

        recipe(described)

    where = source_of(described, file)
    labelled = _feedback(described.name) if with_feedback else None
    steps = Steps()
    if key is not None:
        insist_on_signed(store, key)
    ask = Ask(where, file)
    profiled = make_profile(ask, store, steps, way, meanwhile=check_model)
    trained = make_model(
        where, described, profiled, store, steps, signed=key is not None, labelled=labelled
    )
    with steps.step(PUBLISH):
        release = release_both(store, profiled.key, trained.key, key=key)
    print_summary(profiled.profile, trained.card, release, url=store.url, seconds=steps.seconds)


@cli.command()
@click.argument("input", required=False)
@click.option("--log", is_flag=True, help="Instead of INPUT: what the live model was asked.")
@log_options
@descriptor_option
@group_option
@click.option(
    "--where",
    "asked",
    metavar="CONDITION",
    multiple=True,
    help='Only rows where this holds: "COLUMN OP VALUE" with one of == != < <= > >=, '
    '"COLUMN in A,B", "COLUMN is missing" or "is present". May be given several times.',
)
@name_option
@text_options
@click.option("--publish", "live", is_flag=True, help="Show it on the page Explore from now on.")
@signing
@artifacts
@how
def profile(
    input: str | None,
    log: bool,
    wanted: "Wanted",
    descriptor: Path | None,
    group_by: tuple[str, ...],
    asked: tuple[str, ...],
    name: str | None,
    text: TextFormat | None,
    live: bool,
    key: KeyPair | None,
    store: ArtifactStore,
    way: Way,
) -> None:
    """Condense a table with Spark. INPUT is CSV, JSON lines or Parquet: a file, a folder of them,
    or a glob, here or in s3://bucket/; or table:NAME, which Spark knows.

    Without --descriptor, the TOML file beside INPUT is used (wine.toml for wine.csv), else the
    columns speak for themselves. The last line printed is the key of the profile.

    With --log the table is what the model of /predict, or the live --model, was asked: from the
    prediction log at $DATABASE_URL, under the name NAME-asked, for Explore to compare with what
    the model was trained on.

    \b
    Example: python -m pipeline profile data/wine.csv --group-by cultivar
    Example: python -m pipeline profile --log --since 7d --publish
    """
    from pipeline.progress import Steps
    from pipeline.report import print_live
    from pipeline.steps import Ask, make_profile
    from pipeline.table.conditions import Condition
    from store.releases import publish as release_it

    conditions = tuple(map(Condition.parse, asked))
    if log:
        if input or descriptor or name or text:
            raise click.UsageError("--log takes no INPUT, and its columns are described already.")
        from pipeline.prediction_log.database import open_log
        from pipeline.prediction_log.profile import profile_log

        with open_log() as engine:
            made = profile_log(
                engine, wanted, store, Steps(), way, group_by=group_by, conditions=conditions
            )
    elif input is None or any(wanted):
        raise click.UsageError("Name INPUT, or say --log; only --log selects predictions.")
    else:
        ask = Ask(input, descriptor, group_by, name, text, conditions)
        made = make_profile(ask, store, Steps(), way)
    if live:
        print_live(store, release_it(store, made.key, None, key=key))
    print(made.key)


@cli.command(name="export-log")
@log_options
@click.option(
    "--out",
    required=True,
    metavar="DIR",
    help="The folder or s3://bucket/prefix to make; it may exist if it is empty.",
)
@format_option
def export_log(wanted: "Wanted", out: str, format: Format) -> None:
    """Write the predictions of the log at $DATABASE_URL as a table, oldest first.

    A row has the time, the model, its version, the source, each feature under its own name, the
    answer, the probabilities, and what was said of it. The last line printed is DIR.

    \b
    Example: python -m pipeline export-log --model wine --since 7d --out asked
    """
    from pipeline.new_folder import check_new
    from pipeline.prediction_log.database import open_log
    from pipeline.prediction_log.export import export
    from pipeline.prediction_log.selection import select_predictions

    check_new(out)
    with open_log() as engine:
        made = export(select_predictions(engine, wanted), out, format=format)
    print(f"{made.rows:,} predictions, {made.bytes:,} bytes")
    print(made.out)


@cli.command()
@click.argument("input")
@group_option
@name_option
@text_options
@click.option("--out", type=click.Path(path_type=Path), metavar="FILE", help="Default: print it.")
def describe(
    input: str,
    group_by: tuple[str, ...],
    name: str | None,
    text: TextFormat | None,
    out: Path | None,
) -> None:
    """Write the descriptor that a table has unless you say otherwise, for you to edit.

    \b
    Example: python -m pipeline describe data/wine.csv --group-by cultivar --out mine.toml
    """
    from pipeline.described import infer, renamed
    from pipeline.inputs import find_input
    from pipeline.toml import to_toml

    inferred = infer(find_input(input), group_by=group_by, text=text)
    written = to_toml(inferred if name is None else renamed(inferred, name))
    if out is None:
        print(written, end="")
        return
    try:
        with out.open("x", encoding="utf-8") as file:
            file.write(written)
    except FileExistsError as error:
        raise InputError(f"{out} is there already. Name another --out.") from error
    except OSError as error:
        raise InputError(f"{out} cannot be written: {error.strerror}.") from error
    print(out)


@cli.command()
@descriptor_option
@key_option("--profile", "key", help="Default: the newest of the table.")
@feedback_option
@click.option("--signed", is_flag=True, help="The release will be signed: any estimator may serve.")
@artifacts
def train(
    descriptor: Path | None,
    key: str | None,
    with_feedback: bool,
    signed: bool,
    store: ArtifactStore,
) -> None:
    """Train the model of a descriptor on its table, which was profiled before.

    With --with-feedback it learns from answers too that people called right, or whose true class
    they told: from the prediction log at $DATABASE_URL. It is measured on rows of the table only.
    The last line printed is the key of the model's card.

    \b
    Example: python -m pipeline train --descriptor data/wine.toml --with-feedback
    """
    from pipeline.holdings import PROFILE, newest
    from pipeline.progress import Steps
    from pipeline.steps import load_profile, make_model, source_of
    from store.descriptor import read_descriptor

    file = descriptor or WINE
    described = read_descriptor(file)
    where = source_of(described, file)
    if key is None and (key := newest(store, PROFILE, described.name)) is None:
        raise InputError(
            f"{store.url} holds no profile of {described.name}. Run: {PROGRAM} profile {where}"
        )
    profiled = load_profile(store, key)
    labelled = _feedback(described.name) if with_feedback else None
    made = make_model(where, described, profiled, store, Steps(), signed=signed, labelled=labelled)
    print(made.key)


def _feedback(model: str) -> "Iterator[Saying]":
    from pipeline.prediction_log.feedback import said_of

    return said_of(model)


@cli.command()
@key_option("--profile", "profile_at", help="Default: the newest of the name.")
@key_option("--card", "card_at", help="Default: the newest of the name, if any.")
@name_option
@click.option("--default", is_flag=True, help="Serve this model under /predict from now on.")
@click.option("--candidate", is_flag=True, help="Keep the model beside the live one, to promote.")
@signing
@artifacts
def publish(
    profile_at: str | None,
    card_at: str | None,
    name: str | None,
    default: bool,
    candidate: bool,
    key: KeyPair | None,
    store: ArtifactStore,
) -> None:
    """Make a profile and a model live together.

    \b
    Example: python -m pipeline publish --name wine
    """
    if default and candidate:
        raise click.UsageError("A candidate is not live, so it cannot be the default.")
    from pipeline.holdings import CARD, PROFILE, name_in, newest, only_name
    from pipeline.opening import check_opens
    from pipeline.report import print_live
    from store.releases import publish as release_both

    if profile_at is None or card_at is None:
        name = name or name_in(profile_at or card_at) or only_name(store)
        profile_at = profile_at or newest(store, PROFILE, name)
        card_at = card_at or newest(store, CARD, name)
    if profile_at is None:
        raise InputError(f"{store.url} holds no profile of {name}. Run: {PROGRAM} profile INPUT")
    if candidate and card_at is None:
        raise InputError(f"{store.url} holds no model of {name}. Run: {PROGRAM} train")
    print_live(
        store,
        release_both(
            store,
            profile_at,
            card_at,
            default=default,
            candidate=candidate,
            key=key,
            check=partial(check_opens, signed=key is not None),
        ),
    )


@cli.command()
@click.argument("event_log")
@name_option
@click.option("--publish", "live", is_flag=True, help="Show it on the page Spark from now on.")
@signing
@artifacts
def application(
    event_log: str, name: str | None, live: bool, key: KeyPair | None, store: ArtifactStore
) -> None:
    """Read what any Spark application did from its EVENT_LOG, without Java, and store it.

    EVENT_LOG is a file, the folder of a rolling log, or either in s3://. The last line printed is
    the key of the artifact.

    \b
    Example: python -m pipeline application events/local-1795532627113 --publish
    """
    from pipeline.application import make_application, publish_application

    made = make_application(event_log, store, name=name)
    if live:
        publish_application(store, made, key=key)
    for finding in made.application.findings:
        print(f"{finding.level}: {finding.title}. {finding.text}")
    print(made.key)


@cli.command(name="list")
@click.option("--releases", is_flag=True, help="What changed from release to release.")
@artifacts
def list_(releases: bool, store: ArtifactStore) -> None:
    """Show the profiles and models of a store, which are live, and which are candidates.

    \b
    Example: python -m pipeline list --artifacts s3://bucket/prefix
    """
    from pipeline.history import history
    from pipeline.holdings import PROFILE, pointer_of, stored, stored_models
    from pipeline.report import print_history, print_stored

    pointer = pointer_of(store)
    if releases:
        print_history(history(store, pointer) if pointer else [])
    else:
        print_stored(stored(store, PROFILE), stored_models(store), pointer)


@cli.command()
@click.argument("name", callback=checked_key)
@click.option("--version", metavar="ID", callback=checked_key, help="Default: the candidate.")
@signing
@artifacts
def promote(name: str, version: str | None, key: KeyPair | None, store: ArtifactStore) -> None:
    """Make the candidate of NAME live, or any version that the store holds.

    \b
    Example: python -m pipeline promote wine
    """
    from pipeline.opening import check_opens
    from pipeline.report import print_live
    from store.releases import promote as make_live

    check = partial(check_opens, signed=key is not None)
    print_live(store, make_live(store, name, version, key=key, check=check))


@cli.command()
@click.argument("release", required=False, callback=checked_key)
@click.option("--model", metavar="NAME", help="Only this model goes back to its version before.")
@signing
@artifacts
def rollback(
    release: str | None, model: str | None, key: KeyPair | None, store: ArtifactStore
) -> None:
    """Make the release before the live one live again, or the RELEASE named.

    \b
    Example: python -m pipeline rollback 000003-3fa2c1
    """
    from pipeline.report import print_live
    from store.releases import rollback as go_back
    from store.releases import rollback_model

    if release and model:
        raise click.UsageError("Name a release or a model, not both.")
    back = rollback_model(store, model, key=key) if model else go_back(store, release, key=key)
    print_live(store, back)


@cli.command()
@click.argument("release", required=False, callback=checked_key)
@click.option(
    "--public-key",
    metavar="KEY,KEY",
    envvar="MODEL_PUBLIC_KEY",
    default="",
    help="Who may have signed it. Default: $MODEL_PUBLIC_KEY, else anybody or nobody.",
)
@artifacts
def verify(release: str | None, public_key: str, store: ArtifactStore) -> None:
    """Check size, hash and schema of everything that is live or a candidate, and the signature.

    With RELEASE, of everything that this one holds.

    \b
    Example: python -m pipeline verify
    """
    from pipeline.holdings import verify as check
    from store.signature import public_keys

    keys = public_keys(public_key)
    found = check(store, keys, release)
    print(f"{found.release.id} is whole: {found.objects} objects, {found.bytes:,} bytes.")
    if keys:
        print("It is signed with a key that is trusted here.")
    elif found.signed:
        print("It is signed; by whom was not checked, because MODEL_PUBLIC_KEY is not set.")
    else:
        print("It is not signed.")


@cli.command()
@click.argument("profile_key", callback=checked_key)
@click.option("--column", metavar="NAME", required=True, help="The column to look at.")
@click.option("--by", metavar="COLUMN", help="What rows are grouped by. Default: the profile's.")
@click.option("--group", metavar="VALUE", help="The group to look at. Default: all rows.")
@click.option("--input", "where", metavar="INPUT", help="Where the table is, if it moved.")
@artifacts
def evidence(
    profile_key: str,
    column: str,
    by: str | None,
    group: str | None,
    where: str | None,
    store: ArtifactStore,
) -> None:
    """Recompute figures of a profile from its input with pandas, and show the difference.

    The input has to be what was profiled, by its hash. Exits with 1 where a figure differs by
    more than the profile says it may.

    \b
    Example: python -m pipeline evidence KEY --group 0 --column ash
    """
    from pipeline.evidence import listing, recompute
    from store.evidence import Question
    from store.releases import MAX_JSON_BYTES
    from store.schema import Profile, decode

    data = store.get(profile_key, max_bytes=MAX_JSON_BYTES)
    profile = decode(Profile, data, name=profile_key)
    by = by if group is None else by or profile.group_by
    found = recompute(profile, Question(column, by, group), where)
    print(listing(found.checks))
    print(f"{found.rows:,} usable rows in the table, {found.rejected:,} kept out")
    wrong = sum(not check.agrees for check in found.checks)
    print(f"{wrong} of {len(found.checks)} figures differ." if wrong else "All figures agree.")
    if wrong:
        raise click.exceptions.Exit(1)


@cli.command()
@click.argument("input", required=False)
@click.option("--rows", type=int, required=True, metavar="N", help="How many rows to make.")
@click.option(
    "--out",
    required=True,
    metavar="DIR",
    help="The folder or s3://bucket/prefix to make; it may exist if it is empty.",
)
@descriptor_option
@click.option("--seed", type=int, default=0, show_default=True, help="Other seed, other rows.")
@format_option
@spark
def synthesize(
    input: str | None,
    rows: int,
    out: str,
    descriptor: Path | None,
    seed: int,
    format: Format,
    master: str,
    settings: dict[str, str],
) -> None:
    """Make synthetic rows that look like a table: INPUT, or the source of --descriptor.

    They keep the shares of the groups, and in each group the values, the correlations of ranks
    and the share of missing values. DIR gets synthetic.toml too, the descriptor to profile them
    with. The same table and seed give the same rows anywhere. The last line printed is DIR.

    \b
    Example: python -m pipeline synthesize --rows 1000000 --out big --descriptor data/wine.toml
    """
    from pipeline.progress import Steps
    from pipeline.steps import source_of
    from pipeline.synthesize import Order
    from pipeline.synthesize import synthesize as make
    from store.descriptor import read_descriptor

    if input is None and descriptor is None:
        raise InputError("Name the table to imitate: INPUT, or --descriptor FILE.")
    if input is None and descriptor is not None:
        input = source_of(read_descriptor(descriptor), descriptor)
    steps = Steps()
    order = Order(str(input), rows, out, descriptor, seed, format)
    made = make(order, steps, master=master, settings=settings)
    seconds = sum(steps.seconds.values())
    print(f"{made.rows:,} synthetic rows, {made.bytes:,} bytes, {seconds:.1f} s")
    print(made.out)


@cli.command()
@click.option(
    "--rows",
    default="1e3,1e4,1e5,1e6,1e7",
    show_default=True,
    metavar="N,N,...",
    help="The sizes of the tables.",
)
@click.option(
    "--engines",
    "names",
    default="all",
    show_default=True,
    metavar="NAME,NAME,...",
    help="Such as sequential,rdd,duckdb.",
)
@click.option(
    "--budget",
    type=click.FloatRange(min=1),
    default=60.0,
    show_default=True,
    metavar="S",
    help="Seconds for an engine on a table, all repeats together.",
)
@click.option(
    "--repeats",
    type=click.IntRange(1, 20),
    default=3,
    show_default=True,
    help="Processes for an engine on a table, and repeats in each, as far as the budget goes.",
)
@click.option("--resume", is_flag=True, help="Go on with the run that was cut off.")
@click.option("--publish", "live", is_flag=True, help="Make the result live with the release.")
@signing
@artifacts
def engines(
    rows: str,
    names: str,
    budget: float,
    repeats: int,
    resume: bool,
    live: bool,
    key: KeyPair | None,
    store: ArtifactStore,
) -> None:
    """Time one aggregation on many engines: Python, MapReduce, Spark, pandas, DuckDB, ...

    Each engine gets fresh processes and the same synthetic rows, and its answer is compared with
    an exact one. The last line printed is the key of the result.

    \b
    Example: python -m pipeline engines --rows 1e3,1e5 --engines sequential,dataframe --budget 30
    """
    from pipeline.engines.run import Order, named, run_engines, sizes
    from pipeline.progress import Steps
    from store.engine_run import EngineRun
    from store.releases import ENGINES, publish_result

    order = Order(sizes(rows), named(names), budget, repeats, resume)
    stored = run_engines(order, store, Steps())
    if live:
        print(publish_result(store, ENGINES, stored.key, EngineRun, key=key).id)
    print(stored.key)


@cli.command()
@click.option("--quick", "amount", flag_value="quick", help="1e3 and 1e4 rows, in half a minute.")
@click.option("--full", "amount", flag_value="full", help="Up to 1e6 rows, and optional libraries.")
@click.option(
    "--devices",
    metavar="NAME,NAME",
    help="Of cpu, cuda and mps. Default: cpu and what is found here.",
)
@click.option("--workloads", metavar="NAME,NAME,...", help="Such as xgboost,k_means. Default: all.")
@click.option(
    "--budget",
    type=click.FloatRange(min=1),
    metavar="S",
    help="Seconds for the whole run; what would not fit is skipped.",
)
@click.option("--instance", metavar="TYPE", help="The type of a rented machine: g4dn.xlarge.")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Where the result goes. Default: .cellar/benchmark.json",
)
@click.option(
    "--from",
    "measured",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Take this file of results, of any machine, instead of measuring.",
)
@click.option("--publish", "live", is_flag=True, help="Make the result live with the release.")
@signing
@artifacts
def benchmark(
    amount: Literal["quick", "full"] | None,
    devices: str | None,
    workloads: str | None,
    budget: float | None,
    instance: str | None,
    out: Path | None,
    measured: Path | None,
    live: bool,
    key: KeyPair | None,
    store: ArtifactStore,
) -> None:
    """Time training on the CPU and on a GPU: the same rows and the same work, library by library.

    Each workload and device gets a fresh process. The file is written after every cell, so that a
    run that is stopped keeps what it has. The last line printed is where it is.

    \b
    Example: python -m pipeline benchmark --quick --devices cpu,cuda
    """
    from pipeline.benchmark.run import (
        Choice,
        check_file,
        devices_in,
        named,
        publish_run,
        run_benchmark,
    )

    file = measured or out or REPOSITORY / ".cellar" / "benchmark.json"
    if measured is None:
        chosen = tuple(workloads.split(",")) if workloads else ()
        named(chosen)
        choice = Choice(
            amount or "default", devices_in(devices) if devices else (), chosen, budget, instance
        )
        run_benchmark(choice, file)
    check_file(file)
    if live:
        print(publish_run(file, store, key=key).id)
    print(file)


@cli.command()
def data() -> None:
    """Write data/wine.csv, the built-in example, from scikit-learn's copy of it.

    \b
    Example: python -m pipeline data
    """
    from pipeline.data import write_wine

    print(write_wine().relative_to(REPOSITORY))


@cli.command()
@click.option(
    "--keep",
    type=click.IntRange(min=1),
    required=True,
    metavar="N",
    help="How many releases stay: the live one, and those that were live last.",
)
@click.option(
    "--older",
    default="1h",
    show_default=True,
    metavar="AGE",
    callback=checked_age,
    help="Nothing younger is removed: 90m, 2h, 7d, or 0 where nobody is publishing.",
)
@click.option("--dry-run", is_flag=True, help="Only say what would be removed.")
@artifacts
def prune(keep: int, older: timedelta, dry_run: bool, store: ArtifactStore) -> None:
    """Remove the releases and versions that are not live, no candidate, and not kept.

    \b
    Example: python -m pipeline prune --keep 5 --dry-run
    """
    from pipeline.report import print_removed
    from store.releases import prune as remove

    print_removed(remove(store, keep=keep, older=older, dry_run=dry_run), dry_run=dry_run)


@cli.command()
@click.option(
    "--out",
    default="release-key.pem",
    show_default=True,
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Where the private key goes; nothing there is replaced.",
)
def keygen(out: Path) -> None:
    """Make a pair of keys to sign releases with. The last line printed is what servers are told.

    \b
    Example: python -m pipeline keygen --out ~/release-key.pem
    """
    from pipeline.keys import write_key

    public = write_key(out)
    print(f"The private key is in {out}. Keep it where only publishers read it, and nowhere else.")
    print("Sign what is live with it (python -m pipeline sign), then set this for every server:")
    print(f"MODEL_PUBLIC_KEY={public}")


@cli.command()
@click.argument("release", required=False, callback=checked_key)
@signing_key
@artifacts
def sign(release: str | None, key: KeyPair, store: ArtifactStore) -> None:
    """Sign the live release, or the RELEASE named, after all that it holds was checked.

    Who signs vouches for it: look at it first (list --releases, verify).

    \b
    Example: python -m pipeline sign --key release-key.pem
    """
    from store.releases import sign_release

    print(sign_release(store, key, release).id)


@cli.command()
@click.argument("model")
@click.option("--data", "table", metavar="TABLE", required=True, help="The rows it is shown with.")
@click.option("--target", metavar="COLUMN", help="What it tells. Default: found out.")
@click.option("--features", metavar="A,B,...", help="Its inputs in its order. Default: found out.")
@name_option
@descriptor_option
@click.option("--unseen", is_flag=True, help="The model never saw these rows in training.")
@click.option("--signed", is_flag=True, help="You vouch for the file; its release will be signed.")
@click.option("--publish", "live", is_flag=True, help="Make table and model live.")
@signing
@artifacts
@how_without_spark
def adopt(
    model: str,
    table: str,
    target: str | None,
    features: str | None,
    name: str | None,
    descriptor: Path | None,
    unseen: bool,
    signed: bool,
    live: bool,
    key: KeyPair | None,
    store: ArtifactStore,
    way: Way,
) -> None:
    """Take in a scikit-learn MODEL that was trained elsewhere: a file, or s3://bucket/key.

    It is looked at without being run, opened in a process of its own, matched with the columns of
    TABLE and measured on its rows. The last line printed is the key of the model's card.

    \b
    Example: python -m pipeline adopt clf.joblib --data data/wine.csv --publish
    """
    from pipeline.adopt import Adoption
    from pipeline.adopt import adopt as take_in
    from pipeline.progress import Steps
    from pipeline.report import print_adopted, print_live
    from store.releases import publish as release_both

    named = tuple(filter(None, map(str.strip, (features or "").split(","))))
    signed = signed or key is not None
    order = Adoption(model, table, target, named, name, descriptor, unseen, signed)
    made = take_in(order, store, Steps(), way)
    print_adopted(made.card, engine=made.engine, reason=made.reason)
    if live:
        print_live(
            store, release_both(store, made.profile.key, made.card_key, default=True, key=key)
        )
    print(made.card_key)


if __name__ == "__main__":
    cli(prog_name=PROGRAM)

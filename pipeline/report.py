"""What the verbs print for people: a run, what is stored, what changed, what was removed."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from rich.console import Console
from rich.table import Table

from pipeline.history import Entry
from pipeline.holdings import Stored, StoredModel, lost_its_signature
from store.artifacts import ArtifactStore
from store.releases.reachable import Removable
from store.schema import (
    CrossValidation,
    CrossValidationRegression,
    HeldOut,
    HeldOutRegression,
    Interval,
    ModelCard,
    Pointer,
    Profile,
    Release,
)


def print_summary(
    profile: Profile,
    card: ModelCard,
    release: Release,
    *,
    url: str,
    seconds: dict[str, float],
    console: Console | None = None,
) -> None:
    """One screen: what was read, how good the model is, where it went, how long it took."""
    words = profile.descriptor
    groups = ", ".join(f"{group.label} {group.rows:,}" for group in profile.groups) or "none"
    reasons = "; ".join(f"{count:,} x {why}" for why, count in profile.rejected.reasons.items())
    table = Table(show_header=False, box=None, pad_edge=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for left, right in (
        (
            "Table",
            f"{words.title or words.name}: {profile.rows:,} {words.rows} of {profile.input.uri}",
        ),
        ("Kept out", f"{profile.rejected.rows:,} rows" + (f" ({reasons})" if reasons else "")),
        ("Groups", groups),
        ("Model", f"{card.steps[-1].estimator.rpartition('.')[2]}, version {card.version}"),
        *_feedback(card),
        *_quality(card),
        ("Release", f"{release.id} in {url}"),
        (
            "Time",
            ", ".join(f"{step[0].lower()}{step[1:]} {s:.1f} s" for step, s in seconds.items()),
        ),
        ("", f"{sum(seconds.values()):.1f} s together"),
    ):
        table.add_row(left, right)
    (console or Console(highlight=False)).print(table, markup=False)


def print_adopted(
    card: ModelCard, *, engine: str, reason: str | None, console: Console | None = None
) -> None:
    """What was found out about a model that was trained elsewhere, and how it will be served."""
    inputs = ", ".join(feature.name for feature in card.features)
    tells = ", ".join(known.label for known in card.classes) or "a number"
    table = Table(show_header=False, box=None, pad_edge=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for left, right in (
        ("Model", f"{card.steps[-1].estimator}, version {card.version}"),
        ("Inputs", inputs),
        ("Tells", f"{card.target}: {tells}"),
        *_quality(card),
        ("Served", "as plain numbers, bit for bit" if engine == "flat" else f"by {engine}"),
        ("", f"because {reason}" if reason else ""),
    ):
        table.add_row(left, right)
    (console or Console(highlight=False)).print(table, markup=False)


def print_stored(
    profiles: Iterable[Stored],
    models: Iterable[StoredModel],
    pointer: Pointer | None,
    *,
    console: Console | None = None,
) -> None:
    """Profiles, models and the live release; aliases say what is live and what may be."""
    table = _table("", "name", "id", "alias", "bytes", "created", "scikit-learn", "quality")
    for profile in profiles:
        table.add_row("profile", profile.name, profile.id, "live" if profile.live else "")
    for model in models:
        alias = f"{model.alias} (default)" if model.default else model.alias
        card = model.card
        about = (
            (
                f"{card.file.bytes:,}",
                _time(card.created),
                card.software.get("scikit-learn", ""),
                headline(card),
            )
            if card
            else ("", "", "", model.problem)
        )
        table.add_row("model", model.name, model.version, alias, *about)
    if pointer:
        created = _time(pointer.release.created)
        table.add_row("release", "", pointer.release.id, "live", "", created)
    _print(table, console)


def print_live(store: ArtifactStore, release: Release) -> None:
    """The id of a release that is live now, and a word where it is not signed any more."""
    console = Console(highlight=False, markup=False)
    console.print(release.id)
    if lost_its_signature(store):
        Console(stderr=True, highlight=False, markup=False, soft_wrap=True).print(
            "It is not signed, and the release before it is. Where MODEL_PUBLIC_KEY is set, it "
            "does not become live. Run: python -m pipeline sign --key FILE"
        )


def print_history(entries: Iterable[Entry], *, console: Console | None = None) -> None:
    """The releases, newest first: when, whether live and signed, and what changed in each."""
    table = _table("release", "created", "", "", "changes from the one below")
    for entry in entries:
        table.add_row(
            entry.id,
            _time(entry.created) if entry.created else "",
            "live" if entry.live else "",
            "signed" if entry.signed else "",
            "\n".join(entry.changes) or "none",
        )
    _print(table, console)


def print_removed(removed: Sequence[Removable], *, dry_run: bool) -> None:
    """What a prune removed, or would remove, and how many bytes that is."""
    table = _table("bytes", "objects", "")
    for item in removed:
        table.add_row(f"{item.bytes:,}", str(len(item.keys)), item.name)
    if removed:
        _print(table, None)
    objects, total = sum(len(item.keys) for item in removed), sum(item.bytes for item in removed)
    said = "would be removed" if dry_run else "removed"
    noun = "object" if objects == 1 else "objects"
    Console(highlight=False).print(f"{objects:,} {noun}, {total:,} bytes {said}.")


def headline(card: ModelCard) -> str:
    """How good a model is, in one number."""
    found = card.held_out or card.on_given or card.cross_validation
    name = "accuracy" if card.kind == "classifier" else "R2"
    return f"{name} {_main(found).value:.1%}" if found else "not measured"


def _table(*headings: str) -> Table:
    table = Table(box=None, pad_edge=False)
    for heading in headings:
        table.add_column(heading, no_wrap=True)
    return table


def _print(table: Table, console: Console | None) -> None:
    """Print a table with its columns whole: a pipe has no width that a line has to fit into."""
    console = console or Console(highlight=False, markup=False)
    if not console.is_terminal:
        console.width = 1_000
    console.print(table)


def _time(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M}"


def _feedback(card: ModelCard) -> list[tuple[str, str]]:
    """How much of what people said of answers it was trained on."""
    told = card.data.feedback
    return [] if told is None else [("Feedback", told.summary)]


def _quality(card: ModelCard) -> list[tuple[str, str]]:
    """How good a model is, by each way that it was measured."""
    found = []
    name = "Accuracy" if card.kind == "classifier" else "R2"
    for measured, rows in ((card.held_out, "held-out rows"), (card.on_given, "rows given")):
        if measured is not None:
            found.append((name, f"{_share(_main(measured))} on {measured.rows:,} {rows}"))
            name = ""
    if (crossed := card.cross_validation) is not None:
        recipe = f"{crossed.repeats} x {crossed.folds}-fold"
        found.append((name, f"{_share(_main(crossed))} by {recipe} cross-validation"))
    return found or [(name, "not measured")]


def _main(
    found: HeldOut | HeldOutRegression | CrossValidation | CrossValidationRegression,
) -> Interval:
    """The share of right answers, or of the variance that is explained."""
    if isinstance(found, (HeldOut, CrossValidation)):
        return found.accuracy
    return found.r2


def _share(interval: Interval) -> str:
    return f"{interval.value:.1%} ({interval.low:.1%} to {interval.high:.1%})"

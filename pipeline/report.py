"""What the verbs print for people: the summary of a run, and the list of what is stored."""

from collections.abc import Iterable

from rich.console import Console
from rich.table import Table

from pipeline.holdings import Stored
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
    models: Iterable[Stored],
    pointer: Pointer | None,
    *,
    console: Console | None = None,
) -> None:
    """Profiles, models and releases; what is live is marked."""
    table = Table(box=None, pad_edge=False)
    for heading in ("", "name", "id", ""):
        table.add_column(heading, no_wrap=True)
    for kind, items in (("profile", profiles), ("model", models)):
        for item in items:
            table.add_row(kind, item.name, item.id, "live" if item.live else "")
    if pointer:
        table.add_row("release", "", pointer.release.id, "live")
        for release_id in pointer.history:
            table.add_row("release", "", release_id, "")
    (console or Console(highlight=False)).print(table)


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

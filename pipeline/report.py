"""What the verbs print for people: the summary of a run, and the list of what is stored."""

from collections.abc import Iterable

from rich.console import Console
from rich.table import Table

from pipeline.holdings import Stored
from store.schema import Interval, ModelCard, Pointer, Profile, Release


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
    recipe = f"{card.cross_validation.repeats} x {card.cross_validation.folds}-fold"
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
        ("Accuracy", f"{_share(card.held_out.accuracy)} on {card.held_out.rows:,} held-out rows"),
        ("", f"{_share(card.cross_validation.accuracy)} by {recipe} cross-validation"),
        ("Release", f"{release.id} in {url}"),
        (
            "Time",
            ", ".join(f"{step[0].lower()}{step[1:]} {s:.1f} s" for step, s in seconds.items()),
        ),
        ("", f"{sum(seconds.values()):.1f} s together"),
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


def _share(interval: Interval) -> str:
    return f"{interval.value:.1%} ({interval.low:.1%} to {interval.high:.1%})"

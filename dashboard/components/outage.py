"""What a page says while the store does not confirm the release that serves."""

from datetime import datetime, timedelta

from dash import html

from dashboard.components.answer import notice
from dashboard.live.snapshot import Outage


def outage_notice(
    outage: Outage | None, confirmed: datetime | None, now: datetime, *, why: bool = False
) -> html.Div | None:
    """A calm box: since when, how old the release is that serves, and ``why`` if asked for.

    ``confirmed`` is when the store last said that it is the live one. There is no box without an
    outage, nor before anything was loaded: then the page has nothing but that to say.
    """
    if outage is None or confirmed is None:
        return None
    what = "has been away" if outage.away else "has had no usable release"
    serving = f"Serving the last good release, {age(now - confirmed)} old."
    since = f"{outage.since:%H:%M} UTC"
    if now - outage.since >= timedelta(days=1):
        since = f"{outage.since:%d %B}, {since}"
    box = notice(f"The store {what} since {since}.", serving)
    if why:
        box.children.append(html.Div(outage.reason, className="notice-why"))
    return box


def age(span: timedelta) -> str:
    """A span as people say it: ``less than a minute``, ``1 minute``, ``5 hours``, ``2 days``."""
    minutes = int(span.total_seconds() // 60)
    for unit, size in (("day", 24 * 60), ("hour", 60), ("minute", 1)):
        if minutes >= size:
            count = minutes // size
            return f"{count} {unit}{'s' if count > 1 else ''}"
    return "less than a minute"

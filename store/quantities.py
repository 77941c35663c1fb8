"""Counts, bytes and seconds as people read them."""


def counted(count: int, noun: str, plural: str = "") -> str:
    """So many of a thing; ``plural`` where it is not the noun with an s.

    >>> [counted(count, "task") for count in (0, 1, 1200)]
    ['0 tasks', '1 task', '1,200 tasks']
    """
    return f"{count:,} {noun if count == 1 else plural or f'{noun}s'}"


def size(count: float) -> str:
    """Bytes in powers of ten, three digits.

    >>> [size(count) for count in (0, 999, 1500, 63_531_588, 5e9, 2.5e13)]
    ['0 bytes', '999 bytes', '1.5 kB', '63.5 MB', '5 GB', '25 TB']
    """
    if count < 1000:
        return f"{count:,.0f} bytes"
    for unit in ("kB", "MB", "GB", "TB"):
        count /= 1000
        if count < 999.5 or unit == "TB":
            break
    return f"{count:,.0f} {unit}" if count >= 1000 else f"{count:.3g} {unit}"


def duration(seconds: float) -> str:
    """Seconds, in the two units that matter.

    >>> [duration(seconds) for seconds in (0, 0.0421, 2.44, 15.351, 75, 3600, 7_325)]
    ['0 s', '42 ms', '2.4 s', '15.4 s', '1 min 15 s', '1 h', '2 h 2 min']
    """
    if seconds <= 0:
        return "0 s"
    if seconds < 0.9995:
        return f"{max(1, 1000 * seconds):.0f} ms"
    if seconds < 59.95:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"

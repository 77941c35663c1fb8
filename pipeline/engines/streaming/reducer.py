#!/usr/bin/env python3
"""Reduce: the mappers' lines, sorted by key, on standard input -> one line of figures for each key.

Hadoop Streaming sorts what the mappers write and gives each reducer all lines of a key together.
It can serve as the combiner's model too, but needs none: the mapper has combined already. A line
of the output is ``key TAB figures``, the figures a JSON object with count, missing, mean, sd,
minimum, maximum, skewness and histogram; null where there is no number.
"""

import itertools
import json
import math
import sys

with open("question.json", encoding="utf-8") as file:
    edges = json.load(file)["edges"]


def merge(one, two):
    """The figures of the rows of both (Chan, Golub & LeVeque 1983; Pébay 2008)."""
    a, missing_a, mean_a, m2_a, m3_a, minimum_a, maximum_a, bins_a = one
    b, missing_b, mean_b, m2_b, m3_b, minimum_b, maximum_b, bins_b = two
    n = a + b
    delta = mean_b - mean_a
    cross = 3 * delta * (a * m2_b - b * m2_a) / max(n, 1)
    return [
        n,
        missing_a + missing_b,
        mean_a + delta * b / max(n, 1),
        m2_a + m2_b + delta**2 * a * b / max(n, 1),
        m3_a + m3_b + delta**3 * a * b * (a - b) / max(n, 1) ** 2 + cross,
        min(minimum_a, minimum_b),
        max(maximum_a, maximum_b),
        [x + y for x, y in zip(bins_a, bins_b)],
    ]


def finish(figures, number):
    """The figures of a key by name."""
    n, missing, mean, m2, m3, minimum, maximum, bins = figures
    return {
        "count": n,
        "missing": missing,
        "mean": edges[number][0] / 2 + edges[number][-1] / 2 + mean if n else None,
        "sd": math.sqrt(m2 / (n - 1)) if n > 1 else None,
        "minimum": minimum if n else None,
        "maximum": maximum if n else None,
        "skewness": math.sqrt(n) * m3 / m2**1.5 if m2 > 0 else None,
        "histogram": bins,
    }


pairs = (line.rstrip("\n").split("\t", 1) for line in sys.stdin)
for key, lines in itertools.groupby(pairs, key=lambda pair: pair[0]):
    merged = None
    for _, value in lines:
        figures = json.loads(value)
        merged = figures if merged is None else merge(merged, figures)
    print(key, json.dumps(finish(merged, json.loads(key)[2])), sep="\t")

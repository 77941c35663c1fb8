#!/usr/bin/env python3
"""Map: rows of CSV on standard input -> figures by column and group on standard output.

Hadoop Streaming starts this script on each split of the input. It stands alone: any Python 3 will
do, and the file ``question.json`` beside it says which columns are meant. Rows are combined here,
in the mapper, so that a few hundred lines travel to the reducers instead of every row.

A line of the output is ``key TAB value``, both JSON without a tab or a character beyond ASCII.
The key is [scope, group, number of the column] with scope "all" or "group"; the value [count,
missing, mean, m2, m3, minimum, maximum, counts of the bins], where the mean is that of the
distances from the middle of the edges, and m2 and m3 are its squared and cubed deviations.
"""

import csv
import json
import math
import sys
from bisect import bisect_right

with open("question.json", encoding="utf-8") as file:
    question = json.load(file)
header = question["header"]
group_at = header.index(question["group_by"])
columns = [(header.index(c), e) for c, e in zip(question["columns"], question["edges"])]


def nothing(edges):
    """The figures before the first row: count, missing, mean, m2, m3, minimum, maximum, bins."""
    return [0, 0, 0.0, 0.0, 0.0, math.inf, -math.inf, [0] * (len(edges) - 1)]


def add(figures, edges, value):
    """Take in a value: Welford's running mean and deviations, and its bin."""
    if not math.isfinite(value):
        figures[1] += 1
        return
    before, _, mean, m2, m3, minimum, maximum, bins = figures
    n = before + 1
    delta = value - (edges[0] / 2 + edges[-1] / 2) - mean
    step = delta / n
    term = delta * step * before
    figures[0] = n
    figures[2] = mean + step
    figures[3] = m2 + term
    figures[4] = m3 + term * step * (n - 2) - 3 * step * m2
    figures[5] = min(minimum, value)
    figures[6] = max(maximum, value)
    bins[bisect_right(edges, value, 1, len(edges) - 1) - 1] += 1


groups = {}
for row in csv.reader(sys.stdin):
    if row == header:  # each file brings its own
        continue
    group = row[group_at]
    if group not in groups:
        groups[group] = [nothing(edges) for _, edges in columns]
    for (place, edges), figures in zip(columns, groups[group]):
        add(figures, edges, float(row[place] or "nan"))

for group, found in groups.items():
    for number, figures in enumerate(found):
        value = json.dumps(figures)
        print(json.dumps(["all", "", number]), value, sep="\t")
        if group:
            print(json.dumps(["group", group, number]), value, sep="\t")

/* The ways to the leaves of a flat model's trees, as cells of its own inputs.

   Thresholds are compared behind encoders, scalers and rounding. Here they are brought back to the
   inputs, once: each input has cuts, the largest numbers that still lie on the lower side of a
   threshold, and between two cuts, in a cell, no answer changes. The cells of categories are their
   places. So a row is one cell a feature, and a leaf asks of some features for some cells. */

import { inputColumns } from "./columns.js";
import { treeScores } from "./scores.js";

const MOST_LEAVES = 100_000; // read in about a second
const MOST_PLACES = 31; // features on the way to a leaf, as the bits of one integer
const READ_LEAVES = new WeakMap(); // explanations and curves read the same ones

/* The leaves of a flat model, or null of one without trees, or with too many or too long ways.

   outputs, start   how many scores there are, and those before the first tree
   count            of leaves; value[leaf * outputs + output] is what it adds to a score
   first            a leaf's places are first[leaf] to first[leaf + 1] - 1: one a feature it asks
   feature, leaf    of a place
   from, to         of a place: the cells from `from` to before `to` reach the leaf; where `to` is
                    negative, of categories, those cells with 1 in flags[from + cell]
   places           of each feature: all places that ask it
   cuts             of each feature, rising; null of categories
   cells            of each feature, how many
   cellOf(feature, value) */
export function leavesOf(flat) {
  if (!READ_LEAVES.has(flat)) READ_LEAVES.set(flat, readLeaves(flat));
  return READ_LEAVES.get(flat);
}

function readLeaves(flat) {
  const scores = treeScores(flat);
  if (!scores || scores.trees.probabilities.length > MOST_LEAVES) return null;
  const axes = inputAxes(flat, scores.trees);
  const ways = waysToLeaves(scores.trees, axes);
  if (ways.some((way) => way.ranges.size > MOST_PLACES)) return null;
  return { ...laidOut(ways, scores, axes.cells.length), ...axes };
}

/* Where a row stands: missed[leaf] has bit k where it is not in the cells of the leaf's place k.

   move(row) brings it to another row, and says whether any cell is another. */
export function openStanding(leaves) {
  const missed = new Int32Array(leaves.count);
  const cells = new Int32Array(leaves.cells.length).fill(-1);
  const { leaf, first, from, to, flags } = leaves;
  function move(row) {
    let moved = false;
    for (let feature = 0; feature < cells.length; feature++) {
      const cell = leaves.cellOf(feature, row[feature]);
      if (cell === cells[feature]) continue;
      cells[feature] = cell;
      moved = true;
      for (const place of leaves.places[feature]) {
        const at = leaf[place];
        const bit = 1 << (place - first[at]);
        const end = to[place];
        const within = end < 0 ? flags[from[place] + cell] : from[place] <= cell && cell < end;
        if (within) missed[at] &= ~bit;
        else missed[at] |= bit;
      }
    }
    return moved;
  }
  return { missed: missed, cells: cells, move: move };
}

/* The ways that some row can go: { leaf, ranges }, the leaf's place in the table of leaves, and by
   feature the range of cells, of categories a flag each; ranges that all rows meet are left out. */
function waysToLeaves(trees, axes) {
  const parent = new Int32Array(trees.feature.length).fill(-1);
  const side = new Array(trees.feature.length).fill(null); // of its parent's split
  const ways = [];
  let splits = 0;
  let leaves = 0;
  trees.feature.forEach(function (column, node) {
    if (column < 0) {
      const ranges = rangesOfWay(node, parent, side, axes.cells);
      if (ranges) ways.push({ leaf: leaves, ranges: ranges });
      leaves++;
      return;
    }
    for (const right of [0, 1]) {
      const child = trees.trees + 2 * splits + right;
      parent[child] = node;
      side[child] = axes.side(column, trees.threshold[splits], right === 1);
    }
    splits++;
  });
  return ways;
}

/* The ranges of a leaf, or null where no row reaches it. */
function rangesOfWay(leaf, parent, side, cells) {
  const ranges = new Map();
  for (let node = leaf; parent[node] >= 0; node = parent[node]) {
    const { feature, range } = side[node];
    const known = ranges.get(feature);
    ranges.set(feature, known ? sharedRange(known, range) : range);
  }
  for (const [feature, range] of ranges) {
    const [from, to] = range.flags
      ? [range.flags.indexOf(true), range.flags.includes(false) ? -1 : cells[feature]]
      : [range.from, range.to];
    if (range.flags ? from < 0 : from >= to) return null;
    if (from === 0 && to === cells[feature]) ranges.delete(feature);
  }
  return ranges;
}

function sharedRange(one, other) {
  if (one.flags) return { flags: one.flags.map((flag, cell) => flag && other.flags[cell]) };
  return { from: Math.max(one.from, other.from), to: Math.min(one.to, other.to) };
}

/* The ways as flat arrays, so that a row is compared without touching an object. */
function laidOut(ways, scores, features) {
  const total = ways.reduce((sum, way) => sum + way.ranges.size, 0);
  const outputs = scores.start.length;
  const value = new Float64Array(ways.length * outputs);
  const first = new Int32Array(ways.length + 1);
  const [feature, leaf] = [new Int32Array(total), new Int32Array(total)];
  const [from, to] = [new Int32Array(total), new Int32Array(total)];
  const places = Array.from({ length: features }, () => []);
  const flags = [];
  let place = 0;
  ways.forEach(function (way, index) {
    for (let o = 0; o < outputs; o++) value[index * outputs + o] = scores.value(way.leaf, o);
    for (const [asked, range] of way.ranges) {
      [feature[place], leaf[place]] = [asked, index];
      [from[place], to[place]] = range.flags ? [flags.length, -1] : [range.from, range.to];
      if (range.flags) flags.push(...range.flags.map(Number));
      places[asked].push(place++);
    }
    first[index + 1] = place;
  });
  return {
    outputs: outputs,
    start: scores.start,
    count: ways.length,
    value: value,
    first: first,
    feature: feature,
    leaf: leaf,
    from: from,
    to: to,
    flags: Uint8Array.from(flags),
    places: places.map((list) => Int32Array.from(list)),
  };
}

/* The cells of all features, and which of them a split sends left or right. */
function inputAxes(flat, trees) {
  const columns = inputColumns(flat);
  const categories = new Int32Array(flat.n_features);
  for (const column of columns) {
    const { feature } = column;
    categories[feature] = Math.max(categories[feature], column.categories);
  }
  const found = comparedThresholds(columns, trees, categories);
  const sets = Array.from(categories, (count) => (count ? null : new Set()));
  columns.forEach(function ({ feature }, i) {
    if (sets[feature]) for (const cut of found[i].values()) sets[feature].add(cut);
  });
  const cuts = sets.map((set) => set && Float64Array.from(set).filter(Number.isFinite).sort());
  const cells = cuts.map((list, feature) => (list ? list.length + 1 : categories[feature]));
  function side(column, threshold, right) {
    const { feature, turns } = columns[column];
    const left = found[column].get(threshold);
    if (categories[feature]) {
      return { feature: feature, range: { flags: left.map((flag) => flag !== right) } };
    }
    const limit = left === Infinity ? cells[feature] : countBelow(cuts[feature], left) + 1;
    const upper = left === -Infinity ? 0 : limit;
    const range = right !== turns ? { from: upper, to: cells[feature] } : { from: 0, to: upper };
    return { feature: feature, range: range };
  }
  return {
    cuts: cuts,
    cells: cells,
    cellOf: (feature, value) => (cuts[feature] ? countBelow(cuts[feature], value) : value),
    side: side,
  };
}

/* Of each column: its thresholds, and for each the cut of the input, or the categories left of it
   as flags. */
function comparedThresholds(columns, trees, categories) {
  const found = columns.map(() => new Map());
  let splits = 0;
  for (const column of trees.feature) {
    if (column >= 0) found[column].set(trees.threshold[splits++], null);
  }
  const round = trees.precision === "double" ? (x) => x : Math.fround;
  columns.forEach(function (column, i) {
    const places = Array.from(Array(categories[column.feature]).keys());
    for (const threshold of found[i].keys()) {
      const left = (x) => round(column.at(x)) <= threshold;
      const lower = column.turns ? (x) => !left(x) : left;
      const at = places.length ? places.map(left) : lastBelow(lower, column.near(threshold));
      found[i].set(threshold, at);
    }
  });
  return found;
}

/* How many of the rising numbers are below a value. */
function countBelow(numbers, value) {
  let low = 0;
  let high = numbers.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (numbers[middle] < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/* The largest number that is `lower`, where all numbers below one such are too; an infinity where
   all or none are. It is looked for around a guess. */
function lastBelow(lower, guess) {
  const start = Number.isFinite(guess) ? guess : 0;
  let width = Math.max(Math.abs(start) * 2 ** -22, Number.MIN_VALUE);
  let inside = start;
  let outside = start;
  if (lower(start)) {
    while (lower((outside = inside + width))) {
      if (outside === Infinity) return Infinity;
      [inside, width] = [outside, width * 8];
    }
  } else {
    while (!lower((inside = outside - width))) {
      if (inside === -Infinity) return -Infinity;
      [outside, width] = [inside, width * 8];
    }
  }
  inside = Math.max(inside, -Number.MAX_VALUE);
  outside = Math.min(outside, Number.MAX_VALUE);
  for (;;) {
    const middle = inside / 2 + outside / 2;
    if (middle <= inside || middle >= outside) return inside;
    if (lower(middle)) inside = middle;
    else outside = middle;
  }
}

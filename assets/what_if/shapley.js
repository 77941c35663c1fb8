/* Exact Shapley values, interventional: dashboard/model/explain says how, in the same steps. */

import { leavesOf, openStanding } from "./leaves.js";
import { linearScores, scoreLink } from "./scores.js";

const MOST_PREPARED = 100_000_000; // places x background rows: about half a second
const MOST_CASES = 1_500_000; // looked at for a row: some 8 ms where all its values change at once

/* What explains answers, or null where there is no exact explanation of such a model.

   flat: the model; background: rows of training data.
   Gives { scale, base, parts(row, output) }: "probability", "log-odds" or "prediction"; the base
   value an output; and one number a feature, so that base[output] + their sum is the answer on
   that scale. */
export function openExplainer(flat, background) {
  const linear = linearScores(flat);
  const found = linear ? linearParts(linear, background) : treeParts(leavesOf(flat), background);
  return found && { scale: scoreLink(flat).scale, ...found };
}

/* Each input adds its term to a score: what moves it is the distance to the term's mean. */
function linearParts(linear, background) {
  const outputs = Array.from(linear.intercept.keys());
  const features = Array.from(background[0].keys());
  const mean = outputs.map((output) =>
    features.map(function (feature) {
      const terms = background.map((row) => linear.term(feature, row[feature], output));
      return summed(terms) / background.length;
    }),
  );
  return {
    base: outputs.map((output) => linear.intercept[output] + summed(mean[output])),
    parts: (row, output) =>
      row.map((value, feature) => linear.term(feature, value, output) - mean[output][feature]),
  };
}

function summed(numbers) {
  return numbers.reduce((sum, number) => sum + number, 0);
}

/* Only leaves that another cell of the row concerns are looked at again. */
function treeParts(leaves, background) {
  const cases = leaves && missedCases(leaves, background);
  if (!cases) return null;
  const standing = openStanding(leaves);
  const { missed } = standing;
  const before = new Int32Array(leaves.count).fill(-1); // no row misses so
  const share = new Float64Array(leaves.feature.length); // of a leaf's value, for each place
  const reached = new Uint8Array(leaves.count);
  const factors = coalitionFactors(leaves);
  const { count, outputs, value, first, feature } = leaves;

  function compare(leaf) {
    const mine = missed[leaf];
    const start = first[leaf];
    const free = 2 ** (first[leaf + 1] - start) - 1 - mine;
    const lost = bitCount(mine);
    let loss = 0;
    let any = 0;
    share.fill(0, start, first[leaf + 1]);
    for (let k = cases.first[leaf]; k < cases.first[leaf + 1]; k++) {
      const theirs = cases.missed[k];
      if (theirs > free) break; // they rise: from here on all miss what the row misses
      if (theirs & mine) continue; // a feature that neither has right: no coalition gets here
      any = 1;
      const at = bitCount(theirs) * factors.width + lost;
      loss += factors.loss[at] * cases.weight[k];
      const gain = factors.gain[at] * cases.weight[k];
      for (let rest = theirs; rest; rest &= rest - 1) share[start + lowestBit(rest)] += gain;
    }
    for (let rest = mine; rest; rest &= rest - 1) share[start + lowestBit(rest)] -= loss;
    reached[leaf] = any;
    before[leaf] = mine;
  }

  return {
    base: cases.base,
    parts: function (row, output) {
      standing.move(row);
      const found = new Array(row.length).fill(0);
      for (let leaf = 0; leaf < count; leaf++) {
        if (missed[leaf] !== before[leaf]) compare(leaf);
        if (!reached[leaf]) continue;
        const held = value[leaf * outputs + output];
        for (let place = first[leaf]; place < first[leaf + 1]; place++) {
          found[feature[place]] += held * share[place];
        }
      }
      return found;
    },
  };
}

/* The background as the leaves see it; null where it is too much.

   Rows that miss the same places of a leaf are one case: those of a leaf are first[leaf] to
   first[leaf + 1] - 1, with the places `missed` as bits, rising, and their share of the rows,
   `weight`. `base` is the mean score. */
function missedCases(leaves, background) {
  const rows = background.length;
  if (leaves.feature.length * rows > MOST_PREPARED) return null;
  const cells = leaves.cells.map((_, feature) =>
    Int32Array.from(background, (row) => leaves.cellOf(feature, row[feature])),
  );
  const first = new Int32Array(leaves.count + 1);
  const [missed, weight] = [[], []];
  const base = Array.from(leaves.start);
  const seen = new Int32Array(rows);
  for (let leaf = 0; leaf < leaves.count; leaf++) {
    missRows(leaves, leaf, cells, seen);
    seen.sort();
    for (let start = 0, end = 0; start < rows; start = end) {
      while (end < rows && seen[end] === seen[start]) end++;
      missed.push(seen[start]);
      weight.push((end - start) / rows);
      if (seen[start]) continue;
      base.forEach((_, o) => (base[o] += leaves.value[leaf * leaves.outputs + o] * (end / rows)));
    }
    first[leaf + 1] = missed.length;
    if (missed.length > MOST_CASES) return null;
  }
  const found = { first: first, base: base };
  return { ...found, missed: Int32Array.from(missed), weight: Float64Array.from(weight) };
}

/* Of each background row the bits of the places of a leaf that it misses. */
function missRows(leaves, leaf, cells, seen) {
  seen.fill(0);
  for (let place = leaves.first[leaf]; place < leaves.first[leaf + 1]; place++) {
    const bit = 1 << (place - leaves.first[leaf]);
    const column = cells[leaves.feature[place]];
    const [from, to] = [leaves.from[place], leaves.to[place]];
    for (let row = 0; row < seen.length; row++) {
      const cell = column[row];
      const within = to < 0 ? leaves.flags[from + cell] : from <= cell && cell < to;
      if (!within) seen[row] |= bit;
    }
  }
}

/* The factors of the closed form at |A| * width + |B|, up to the longest way. */
function coalitionFactors(leaves) {
  let longest = 0;
  for (let leaf = 0; leaf < leaves.count; leaf++) {
    longest = Math.max(longest, leaves.first[leaf + 1] - leaves.first[leaf]);
  }
  const width = longest + 1;
  const factorial = [1];
  for (let n = 1; n <= longest; n++) factorial.push(factorial[n - 1] * n);
  const [gain, loss] = [new Float64Array(width * width), new Float64Array(width * width)];
  for (let a = 0; a < width; a++) {
    for (let b = 0; a + b < width; b++) {
      if (a) gain[a * width + b] = (factorial[a - 1] * factorial[b]) / factorial[a + b];
      if (b) loss[a * width + b] = (factorial[a] * factorial[b - 1]) / factorial[a + b];
    }
  }
  return { width: width, gain: gain, loss: loss };
}

/* How many of 31 bits are set, without a loop: first of pairs, then of fours, then of bytes. */
function bitCount(bits) {
  const pairs = bits - ((bits >> 1) & 0x55555555);
  const fours = (pairs & 0x33333333) + ((pairs >> 2) & 0x33333333);
  return (((fours + (fours >> 4)) & 0x0f0f0f0f) * 0x01010101) >> 24;
}

function lowestBit(bits) {
  return 31 - Math.clz32(bits & -bits);
}

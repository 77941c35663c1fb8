/* What-if curves: the answer as one feature moves and the others stay. */

import { leavesOf, openStanding } from "./leaves.js";
import { linearScores, scoreLink } from "./scores.js";

const CURVE_PIECES = 60; // of a smooth curve

/* What draws the curves of a model, or null where only asking it many times would.

   Gives { steps, at(row, output) }: whether curves are exact step functions; and for each feature
   { x, y }. Of steps, y[i] holds from x[i] to x[i + 1], and x has one number more than y; a
   number that lies exactly on a step is answered as those below it. Else they are points of a
   smooth curve. x spans features[i].low to .high; of a feature with categories y has one number a
   category and x their places. The same list comes again while nothing moved. */
export function openCurves(flat, features) {
  const link = scoreLink(flat);
  const linear = linearScores(flat);
  if (linear) return smoothCurves(linear, link, features);
  const leaves = leavesOf(flat);
  return leaves && stepCurves(leaves, link, features);
}

function smoothCurves(linear, link, features) {
  const axes = features.map(function ({ categories, low, high }) {
    if (categories) return Array.from(categories.keys());
    const share = (high - low) / CURVE_PIECES;
    return [...Array.from({ length: CURVE_PIECES }, (_, i) => low + share * i), high];
  });
  const terms = axes.map((x, feature) =>
    linear.intercept.map((_, o) => Float64Array.from(x, (value) => linear.term(feature, value, o))),
  );
  return {
    steps: false,
    at: function (row, output) {
      const needed = link.needs(output);
      const own = features.map((_, i) => needed.map((o) => linear.term(i, row[i], o)));
      const total = needed.map((o, k) =>
        own.reduce((sum, term) => sum + term[k], linear.intercept[o]),
      );
      const scores = new Float64Array(linear.intercept.length);
      return axes.map(function (x, feature) {
        const y = x.map(function (_, point) {
          needed.forEach(function (o, k) {
            scores[o] = total[k] - own[feature][k] + terms[feature][o][point];
          });
          return link.answer(scores, output);
        });
        return { x: x, y: y };
      });
    },
  };
}

/* As a feature moves alone, the leaves that it decides about come and go with its cells: those
   whose other places the row is in. */
function stepCurves(leaves, link, features) {
  const standing = openStanding(leaves);
  const axes = features.map((feature, i) => stepAxis(leaves, feature, i));
  const sums = leaves.start.map(() => leaves.cells.map((cells) => new Float64Array(cells + 1)));
  const scores = new Float64Array(leaves.outputs);
  let known = { output: -1, curves: null };
  return {
    steps: true,
    at: function (row, output) {
      if (!standing.move(row) && output === known.output) return known.curves;
      const needed = link.needs(output);
      for (const o of needed) addUp(leaves, standing.missed, o, sums[o]);
      const curves = axes.map(function ({ x, cells }, feature) {
        const y = cells.map(function (cell) {
          for (const o of needed) scores[o] = sums[o][feature][cell];
          return link.answer(scores, output);
        });
        return { x: x, y: y };
      });
      known = { output: output, curves: curves };
      return curves;
    },
  };
}

/* The cells of a curve, and the numbers between which they lie. */
function stepAxis(leaves, { categories, low, high }, feature) {
  if (categories) {
    const x = Array.from(categories.keys());
    return { x: x, cells: x.map((place) => leaves.cellOf(feature, place)) };
  }
  const inside = Array.from(leaves.cuts[feature]).filter((cut) => low < cut && cut < high);
  const first = leaves.cellOf(feature, inside.length ? inside[0] : high);
  const cells = Array.from({ length: inside.length + 1 }, (_, i) => first + i);
  return { x: [low, ...inside, high], cells: cells };
}

/* The scores of one output in each cell of each feature, the row's other features unmoved. */
function addUp(leaves, missed, output, sums) {
  const { count, outputs, value, first, feature, from, to, flags } = leaves;
  const without = new Float64Array(sums.length); // leaves that are reached, and ask the feature
  let total = leaves.start[output];
  for (const sum of sums) sum.fill(0);

  function add(place, held) {
    const sum = sums[feature[place]];
    if (to[place] >= 0) {
      sum[from[place]] += held;
      sum[to[place]] -= held;
      return;
    }
    for (let cell = 0; cell < sum.length - 1; cell++) {
      if (!flags[from[place] + cell]) continue;
      sum[cell] += held;
      sum[cell + 1] -= held;
    }
  }

  for (let leaf = 0; leaf < count; leaf++) {
    const bits = missed[leaf];
    if (bits & (bits - 1)) continue; // two features away
    const held = value[leaf * outputs + output];
    if (bits) {
      add(first[leaf] + 31 - Math.clz32(bits), held);
      continue;
    }
    total += held;
    for (let place = first[leaf]; place < first[leaf + 1]; place++) {
      without[feature[place]] += held;
      add(place, held);
    }
  }
  sums.forEach(function (sum, i) {
    let running = total - without[i];
    for (let cell = 0; cell < sum.length; cell++) sum[cell] = running += sum[cell];
  });
}

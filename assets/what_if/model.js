/* A flat model (dashboard/model/flat.py) that answers as scikit-learn does on the server.

   Trees, forests, boosting, and scalers or encoders before them, answer bit for bit: each sum is
   made in scikit-learn's order, each number rounded where it rounds. There are two exceptions. The
   softmax of boosting for three classes and more takes numpy's own exponential on processors with
   AVX-512, which differs from that of the C library, taken here, in the last place of one number in
   twenty. And the product of a linear model is added in the order, and fused or not, that the
   server's processor likes best: its scores lie within
   (n + 2) 2**-52 (|w1 x1| + ... + |wn xn| + |intercept|) of scikit-learn's, twice the bound of
   either (N. Higham, Accuracy and Stability of Numerical Algorithms, section 3.1). */

import { exponential } from "./exponential.js";

const PREDICTORS = {
  trees: openForest,
  boosting: openBoosting,
  linear: openLinear,
  regression: openRegression,
};
const ELEMENTWISE = {
  subtract: (number, value) => number - value,
  divide: (number, value) => number / value,
  multiply: (number, value) => number * value,
  add: (number, value) => number + value,
};

/* What answers rows.

   flat: what FlatModel.to_data() gave.
   Gives { outputs, predict(row) }: how many numbers an answer has, and the probabilities in the
   order of the classes (of a regressor its one number) for a row of numbers, one a feature in the
   order of the card, a category as its place. Throws RangeError where a number is not finite or
   is beyond what the model compares, where a category is none of its feature, and for a row of
   another length. */
export function openModel(flat) {
  const prepared = preparation(flat);
  const { outputs, answer } = PREDICTORS[flat.predictor.kind](flat.predictor);
  return { outputs: outputs, predict: (row) => answer(prepared(row)) };
}

/* Whether a model answers with scikit-learn's bits; others do but for the last places. */
export function hasEveryBit(flat) {
  const { kind, link } = flat.predictor;
  return kind === "trees" || (kind === "boosting" && link !== "softmax");
}

/* From a row to the numbers before the predictor. They stand in one array, again and again. */
function preparation(flat) {
  const given = new Float64Array(flat.n_features);
  const encode = flat.encoding ? encoder(flat.encoding) : (numbers) => numbers;
  const steps = flat.steps.map(openStep);
  return function (row) {
    if (row.length !== given.length) {
      throw new RangeError(`A row has ${given.length} numbers, not ${row.length}.`);
    }
    for (let i = 0; i < given.length; i++) given[i] = checkedFinite(row[i]);
    const numbers = encode(given);
    for (const step of steps) step(numbers);
    if (steps.length) numbers.forEach(checkedFinite);
    return numbers;
  };
}

function checkedFinite(number) {
  if (Number.isFinite(number)) return number;
  throw new RangeError("A number in the row is not finite, or too large.");
}

/* From inputs to columns: as they are, or looked up by the place of a category. */
function encoder({ sources, tables }) {
  const columns = new Float64Array(sources.length);
  return function (inputs) {
    for (let i = 0; i < columns.length; i++) {
      const input = inputs[sources[i]];
      columns[i] = tables[i] ? lookedUp(tables[i], input) : input;
    }
    return columns;
  };
}

function lookedUp(table, place) {
  if (Number.isInteger(place) && place >= 0 && place < table.length) return table[place];
  throw new RangeError("A category in the row is none of its feature.");
}

/* What changes an array of numbers in place, as a scaler does. */
function openStep({ operation, values }) {
  if (operation === "clip") {
    const [low, high] = values;
    return function (numbers) {
      for (let i = 0; i < numbers.length; i++) {
        numbers[i] = Math.min(Math.max(numbers[i], low), high);
      }
    };
  }
  const apply = ELEMENTWISE[operation];
  return function (numbers) {
    for (let i = 0; i < numbers.length; i++) numbers[i] = apply(numbers[i], values[i]);
  };
}

function openForest(trees) {
  const total = new Float64Array(trees.probabilities[0].length);
  const addLeaves = leafAdder(trees);
  return {
    outputs: total.length,
    answer: function (numbers) {
      total.fill(0);
      addLeaves(numbers, total);
      return Array.from(total, (sum) => sum / trees.trees);
    },
  };
}

function openBoosting({ trees, start, link }) {
  const scores = new Float64Array(start.length);
  const addLeaves = leafAdder(trees);
  const factor = link === "doubled logistic" ? 2 : 1;
  const linked = function () {
    if (link === "identity") return Array.from(scores);
    if (link === "softmax") return softmax(scores);
    return logistic(factor * scores[0]);
  };
  return {
    outputs: link.includes("logistic") ? 2 : scores.length,
    answer: function (numbers) {
      scores.set(start);
      addLeaves(numbers, scores);
      return linked();
    },
  };
}

/* What adds to totals the numbers in the leaf of each tree, in the order of the trees.

   The table has the trees level by level: the first rows are the roots, and the children of its
   k-th split are its rows trees + 2 k and trees + 2 k + 1 (dashboard/model/trees.py). */
function leafAdder({ trees, feature, threshold, probabilities, precision }) {
  const column = Int32Array.from(feature);
  const limit = new Float64Array(column.length);
  const next = new Int32Array(column.length); // of a split its left child, of a leaf its numbers
  const width = probabilities[0].length;
  const leaves = Float64Array.from(probabilities.flat());
  let splits = 0;
  column.forEach(function (split, node) {
    if (split < 0) next[node] = (node - splits) * width;
    else {
      limit[node] = threshold[splits];
      next[node] = trees + 2 * splits++;
    }
  });
  const compared = precision === "double" ? (numbers) => numbers : singles();
  return function (numbers, total) {
    const x = compared(numbers);
    for (let tree = 0; tree < trees; tree++) {
      let node = tree;
      for (let split = column[node]; split >= 0; split = column[node]) {
        node = x[split] > limit[node] ? next[node] + 1 : next[node];
      }
      const leaf = next[node];
      for (let i = 0; i < width; i++) total[i] += leaves[leaf + i];
    }
  };
}

/* What rounds to float32, as scikit-learn does before it compares with float64 thresholds. */
function singles() {
  let rounded = new Float64Array(0);
  return function (numbers) {
    if (rounded.length !== numbers.length) rounded = new Float64Array(numbers.length);
    for (let i = 0; i < numbers.length; i++) rounded[i] = checkedFinite(Math.fround(numbers[i]));
    return rounded;
  };
}

function openLinear({ weights, intercept }) {
  const scores = new Float64Array(intercept.length);
  return {
    outputs: Math.max(2, intercept.length),
    answer: function (numbers) {
      for (let i = 0; i < scores.length; i++) {
        scores[i] = weightedSum(numbers, weights[i]) + intercept[i];
      }
      return scores.length === 1 ? logistic(scores[0]) : softmax(scores);
    },
  };
}

function openRegression({ weights, intercept }) {
  return { outputs: 1, answer: (numbers) => [weightedSum(numbers, weights) + intercept] };
}

function weightedSum(numbers, weights) {
  let sum = 0;
  for (let i = 0; i < weights.length; i++) sum += numbers[i] * weights[i];
  return sum;
}

function logistic(score) {
  const second = 1 / (1 + exponential(-score));
  return [1 - second, second];
}

function softmax(scores) {
  const largest = Math.max(...scores);
  const parts = Array.from(scores, (score) => exponential(score - largest));
  const whole = sumInPairs(parts, 0, parts.length);
  return parts.map((part) => part / whole);
}

/* The sum of `count` numbers in the order of numpy's pairwise sum: loops_utils.h.src in numpy. */
function sumInPairs(numbers, first, count) {
  if (count > 128) {
    const half = Math.floor(count / 16) * 8;
    return sumInPairs(numbers, first, half) + sumInPairs(numbers, first + half, count - half);
  }
  const eights = count - (count % 8);
  let sum = 0;
  if (eights) {
    const lanes = numbers.slice(first, first + 8);
    for (let i = 8; i < eights; i++) lanes[i % 8] += numbers[first + i];
    const [a, b, c, d, e, f, g, h] = lanes;
    sum = a + b + (c + d) + (e + f + (g + h));
  }
  for (let i = eights; i < count; i++) sum += numbers[first + i];
  return sum;
}

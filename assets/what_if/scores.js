/* What a flat model adds up before any link, and how answers come of it.

   An output's score is what its contributions add up to. With two classes the second's is its
   log-odds and the first's the negative of that; with more they are the log-odds but for a number
   that all classes share. Without a link the scores are the answer. */

import { inputColumns } from "./columns.js";

/* { scale, needs(output), answer(scores, output) }: "probability", "log-odds" or "prediction";
   the outputs whose scores decide about one; and its answer. */
export function scoreLink(flat) {
  const { kind, link, probabilities, weights } = flat.predictor;
  if (kind === "regression" || link === "identity") return unlinked("prediction");
  if (kind === "trees") return unlinked(probabilities[0].length > 1 ? "probability" : "prediction");
  if (kind === "linear" ? weights.length === 1 : link.includes("logistic")) {
    return { scale: "log-odds", needs: () => [1], answer: secondOrFirst };
  }
  const all = Array.from((weights || flat.predictor.start).keys());
  return { scale: "log-odds", needs: () => all, answer: softmaxOf };
}

function unlinked(scale) {
  return { scale: scale, needs: (output) => [output], answer: (scores, output) => scores[output] };
}

function secondOrFirst(scores, output) {
  const second = 1 / (1 + Math.exp(-scores[1]));
  return output ? second : 1 - second;
}

function softmaxOf(scores, output) {
  let highest = -Infinity;
  for (const score of scores) highest = Math.max(highest, score);
  let sum = 0;
  for (const score of scores) sum += Math.exp(score - highest);
  return Math.exp(scores[output] - highest) / sum;
}

/* Of a linear model what each input adds to the scores, or null of another.

   { outputs, intercept, term(feature, value, output) } */
export function linearScores(flat) {
  const { kind, weights, intercept } = flat.predictor;
  if (kind !== "linear" && kind !== "regression") return null;
  const rows = kind === "linear" ? mirrored(weights) : [weights];
  const byFeature = Array.from({ length: flat.n_features }, () => []);
  inputColumns(flat).forEach(function (column, i) {
    byFeature[column.feature].push({ at: column.at, weights: rows.map((row) => row[i]) });
  });
  return {
    outputs: rows.length,
    intercept: kind === "linear" ? mirrored(intercept.map((x) => [x])).flat() : [intercept],
    term: function (feature, value, output) {
      let sum = 0;
      for (const column of byFeature[feature]) sum += column.weights[output] * column.at(value);
      return sum;
    },
  };
}

/* One row of numbers is the second class's; the first has the negative. */
function mirrored(rows) {
  return rows.length === 1 ? [rows[0].map((x) => -x), rows[0]] : rows;
}

/* What a model's trees add to the scores, or null of another.

   { trees, start, value(leaf, output) }: the table; the scores before the first tree, one an
   output; and what a leaf of the table adds, all trees and links considered. */
export function treeScores(flat) {
  const { kind, link, trees, start, probabilities } = flat.predictor;
  if (kind === "trees") {
    return {
      trees: flat.predictor,
      start: probabilities[0].map(() => 0),
      value: (leaf, output) => probabilities[leaf][output] / trees,
    };
  }
  if (kind !== "boosting") return null;
  if (!link.includes("logistic")) {
    return { trees: trees, start: start, value: (leaf, o) => trees.probabilities[leaf][o] };
  }
  const factor = link === "logistic" ? 1 : 2;
  const signed = [-factor, factor];
  return {
    trees: trees,
    start: signed.map((sign) => sign * start[0]),
    value: (leaf, output) => signed[output] * trees.probabilities[leaf][0],
  };
}

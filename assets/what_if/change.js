/* The smallest change that makes the model answer otherwise. */

import { binnedTrees, sampledBins } from "./bins.js";
import { allMoves } from "./change_proof.js";
import { linearChange } from "./linear_change.js";
import { answersAs, moveLength } from "./wanted.js";

const SEARCH_SLICE = 4; // milliseconds of work between two yields
const NEAREST_ROWS = 12; // real rows that a search begins from
const MOST_STEPS = 8; // of a search that begins from the row itself
const PAIR_WORK = 1e7; // trees asked: about half a second
const PROOF_WORK = 6e7; // nodes of trees looked at: about a second
const NEAR_TIE = 1e-9; // of the largest score that there can be: here the model itself decides

/* Searches in slices: a generator that yields now and then the best change so far (or null), and
   in the end returns the change { moves: [{ feature, from, to }], distance, row, proof } or null.

   question: { predict(row), flat, features, row, want, locked, rows }: want is the index of the
   class to come to (of a regressor { atLeast: number } or { atMost: number }), locked a Set of
   feature indices, rows real rows to begin a search from. `effort`, 1 unless given, times the work
   that goes into the proof for all numbers of moves.
   distance is the sum of |to - from| / (maximum - minimum) over the features; another category
   counts 1. What is returned was answered by predict(row), and moves stay within low and high.

   proof is "smallest", "smallest of one or two moves" or "found by search". What is certified: of
   the rows that bring the wanted answer, and whose moved values are categories or numbers within
   low and high with at most the feature's decimals, none is nearer, with any number of moves or
   with one or two. Where there is no such number between two thresholds, the shortest ones with up
   to six decimals more count too. Of linear models: no row of any real numbers is nearer by more
   than one unit in the last decimal of each moved value. */
export function* smallestChange(question) {
  if (answersAs(question.predict(question.row), question.want)) {
    return { moves: [], distance: 0, row: question.row, proof: "smallest" };
  }
  const linear = yield* linearChange(question);
  if (linear !== undefined) return linear;
  const trees = yield* binnedTrees(question.flat, question.features);
  const search = changeSearch(question, trees || sampledBins(question));
  const effort = question.effort ?? 1;
  yield* oneMove(search);
  yield* stepByStep(search);
  yield* fromRealRows(search);
  const pairs = yield* twoMoves(search, PAIR_WORK);
  const all = trees && (yield* allMoves(search, effort * PROOF_WORK));
  const found = search.found();
  if (!found || !trees) return found;
  if (all) found.proof = "smallest";
  else if (pairs && found.moves.length <= 2) found.proof = "smallest of one or two moves";
  return found;
}

/* What all ways of searching share: what can be chosen, what it costs, the answer, and the best.

   A point is a list of bins, one a feature; the bin of the row itself means to stay there. */
function changeSearch(question, model) {
  const { features, row, want, locked, predict } = question;
  const home = Int32Array.from(row, (value, i) => model.bins[i].place(value));
  const values = features.map((_, i) => nearestNumbers(model.bins[i], row[i], home[i]));
  const costs = features.map((feature, i) =>
    values[i].map((to) => (Number.isNaN(to) ? Infinity : moveLength(feature, row[i], to)))
  );
  const { at, doubt } = changeMargin(model, want);
  const open = features.flatMap((_, i) => (locked.has(i) ? [] : [i]));
  let best = null;
  const search = { model: model, want: want, rows: question.rows || [], home: home, open: open };
  return Object.assign(search, {
    costs: costs,
    doubt: doubt,
    pause: searchSlices(),
    work: 0,
    limit: Infinity, // what is not nearer than this is of no use
    /* Of each open feature the other bins that have a number, the nearest first. */
    choices: features.map((_, i) =>
      Array.from(costs[i].keys())
        .filter((bin) => bin !== home[i] && costs[i][bin] < Infinity)
        .sort((one, other) => costs[i][one] - costs[i][other])
    ),
    place: (other) => Int32Array.from(other, (value, i) => model.bins[i].place(value)),
    row: (point) => row.map((value, i) => values[i][point[i]]),
    cost: (point) => open.reduce((sum, i) => sum + costs[i][point[i]], 0),
    margin: function (point) {
      search.work += model.trees;
      return at(point);
    },
    flips: function (point) {
      const margin = search.margin(point);
      if (Math.abs(margin) > doubt) return margin > 0;
      return answersAs(predict(search.row(point)), want);
    },
    /* Remember a point that flips, if it is nearer than the best and the model says so too. */
    keep: function (point) {
      const cost = search.cost(point);
      if (cost >= search.limit || !answersAs(predict(search.row(point)), want)) return;
      best = point.slice();
      search.limit = cost;
    },
    found: function () {
      if (!best) return null;
      const to = search.row(best);
      const moves = open.filter((i) => best[i] !== home[i]);
      return {
        moves: moves.map((i) => ({ feature: i, from: row[i], to: to[i] })),
        distance: search.limit,
        row: to,
        proof: "found by search",
      };
    },
  });
}

/* What says whether a slice of work is over; the next one begins when it is asked again. */
function searchSlices() {
  let begun = null;
  return function pause() {
    if (begun === null) begun = performance.now();
    if (performance.now() - begun < SEARCH_SLICE) return false;
    begun = null;
    return true;
  };
}

/* Of each bin its number that is nearest to the value; of the value's own bin the value. */
function nearestNumbers(bins, value, home) {
  return Array.from({ length: bins.count }, function (_, bin) {
    if (bin === home) return value;
    return bin > home ? bins.first[bin] : bins.last[bin];
  });
}

/* How clearly a point has the wanted answer: below 0 where it has another one. */
function changeMargin(model, want) {
  const { outputs, scores, divisor } = model;
  const total = new Float64Array(outputs);
  const largest = scores.reduce((most, score) => Math.max(most, Math.abs(score)), 1e-300);
  const target = typeof want === "number" ? 0 : (want.atLeast ?? want.atMost) * divisor;
  function at(point) {
    if (model.ask) total.set(model.ask(point));
    else addLeaves(model, point, total);
    if (typeof want !== "number") {
      return want.atLeast === undefined ? target - total[0] : total[0] - target;
    }
    let other = -Infinity;
    for (let k = 0; k < outputs; k++) if (k !== want && total[k] > other) other = total[k];
    return total[want] - other;
  }
  return { at: at, doubt: NEAR_TIE * (largest * model.trees + Math.abs(target)) };
}

function addLeaves(model, point, total) {
  const { trees, feature, cut, sides, left, leaf, outputs, scores } = model;
  total.set(model.start);
  for (let tree = 0; tree < trees; tree++) {
    let node = tree;
    while (feature[node] >= 0) {
      const bin = point[feature[node]];
      const right = sides[node] === null ? bin >= cut[node] : sides[node][bin];
      node = left[node] + (right ? 1 : 0);
    }
    const from = leaf[node] * outputs;
    for (let k = 0; k < outputs; k++) total[k] += scores[from + k];
  }
}

function* oneMove(search) {
  const point = search.home.slice();
  for (const i of search.open) {
    for (const bin of search.choices[i]) {
      if (search.costs[i][bin] >= search.limit) break;
      if (search.pause()) yield search.found();
      point[i] = bin;
      if (search.flips(point)) search.keep(point);
    }
    point[i] = search.home[i];
  }
}

/* Every two features with every two bins, but for those that cannot be nearer than the best; says
   whether that was not too much. */
function* twoMoves(search, most) {
  const { open, choices, costs, home } = search;
  const point = home.slice();
  const end = search.work + most;
  for (const [at, i] of open.entries()) {
    for (const j of open.slice(at + 1)) {
      for (const one of choices[i]) {
        if (costs[i][one] >= search.limit) break;
        point[i] = one;
        for (const other of choices[j]) {
          if (costs[i][one] + costs[j][other] >= search.limit) break;
          if (search.work > end) return false;
          if (search.pause()) yield search.found();
          point[j] = other;
          if (search.flips(point)) search.keep(point);
        }
      }
      [point[i], point[j]] = [home[i], home[j]];
    }
  }
  return true;
}

/* From the row on, always the move that brings most for its cost. */
function* stepByStep(search) {
  const { open, choices, costs, home } = search;
  const point = home.slice();
  let margin = search.margin(point);
  for (let step = 0; step < MOST_STEPS; step++) {
    let best = { gain: 0 };
    for (const i of open) {
      const before = point[i];
      for (const bin of choices[i]) {
        if (search.pause()) yield search.found();
        point[i] = bin;
        const reached = search.margin(point);
        const cost = Math.max(costs[i][bin] - costs[i][before], 1e-6);
        const gain = (reached - margin) / cost;
        if (gain > best.gain) best = { gain: gain, feature: i, bin: bin, margin: reached };
      }
      point[i] = before;
    }
    if (!best.gain) return;
    point[best.feature] = best.bin;
    margin = best.margin;
    if (search.flips(point)) {
      yield* reducedChange(search, point);
      return;
    }
  }
}

/* From real rows that have the wanted answer, the nearest first. */
function* fromRealRows(search) {
  const found = [];
  for (const row of search.rows) {
    if (search.pause()) yield search.found();
    const point = search.place(row);
    for (let i = 0; i < point.length; i++) {
      const useful = search.open.includes(i) && search.costs[i][point[i]] < Infinity;
      if (!useful) point[i] = search.home[i];
    }
    if (search.flips(point)) found.push({ point: point, cost: search.cost(point) });
  }
  found.sort((one, other) => one.cost - other.cost);
  for (const { point } of found.slice(0, NEAREST_ROWS)) yield* reducedChange(search, point);
}

/* Take back every move that is not needed, and shorten the others, as long as that helps. */
function* reducedChange(search, point) {
  const { open, choices, costs, home } = search;
  for (let before = Infinity; search.cost(point) < before; ) {
    before = search.cost(point);
    const moves = open.filter((i) => point[i] !== home[i]);
    moves.sort((one, other) => costs[other][point[other]] - costs[one][point[one]]);
    for (const i of moves) {
      const now = point[i];
      for (const bin of [home[i], ...choices[i]]) {
        if (search.pause()) yield search.found();
        point[i] = bin;
        if (costs[i][bin] >= costs[i][now]) point[i] = now;
        if (point[i] === now || search.flips(point)) break;
      }
    }
  }
  search.keep(point);
}
